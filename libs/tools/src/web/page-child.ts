/**
 * Reads a page, in a process of its own: what a hostile page does to the parsers, it does to nobody else. (A thread
 * would not do: one that runs out of memory can take the process along.) Started by page-reader.ts, also from the
 * sources; so this file imports packages only, and holds nothing that Node cannot strip.
 */
import { constants, setPriority } from 'node:os';
import { Readability } from '@mozilla/readability';
import { parseHTML } from 'linkedom';

/** What is used of the DOM, whose types are not loaded here. */
interface PageNode {
  readonly nodeType: number;
  readonly localName: string | null;
  readonly data?: string;
  readonly firstChild: PageNode | null;
  readonly nextSibling: PageNode | null;
  readonly parentNode: PageNode | null;
  getAttribute(name: string): string | null;
}

interface Page extends PageNode {
  readonly documentElement: PageNode | null;
  readonly body: PageNode | null;
  querySelector(selector: string): PageNode | null;
}

interface Link {
  readonly url: string;
  readonly text: string;
}

interface Given {
  readonly html: string;
  readonly url: string;
}

const [ELEMENT, TEXT] = [1, 3];

/** Beyond these, Readability takes seconds and more than the stack; then the plain text has to do. */
const MAX_ELEMENTS = 20_000;
const MAX_DEPTH = 256;

const MAX_TEXT = 200_000;
const MAX_TITLE = 500;
const MAX_LINKS = 1000;
const MAX_LINK_CHARACTERS = 100_000;
const MAX_LINK_TEXT = 200;

/** Shorter articles are mostly a cookie notice or a menu: the whole page says more. */
const MIN_ARTICLE = 200;

const UNREAD = new Set([
  'head',
  'title',
  'script',
  'style',
  'noscript',
  'template',
  'iframe',
  'object',
  'svg',
  'canvas',
  'select',
  'textarea',
]);
const INLINE = new Set(
  [
    'a',
    'abbr',
    'b',
    'bdi',
    'bdo',
    'cite',
    'code',
    'data',
    'del',
    'dfn',
    'em',
    'font',
    'i',
    'ins',
    'kbd',
    'label',
    'mark',
  ].concat(['q', 's', 'samp', 'small', 'span', 'strong', 'sub', 'sup', 'time', 'tt', 'u', 'var', 'wbr', 'img']),
);

function isUnread(node: PageNode): boolean {
  if (node.nodeType !== ELEMENT) return false;
  return UNREAD.has(node.localName ?? '') || node.getAttribute('hidden') !== null;
}

/** Visits all nodes in order, without recursion. `enter` says whether to go into one. */
function walk(
  root: PageNode,
  enter: (node: PageNode, depth: number) => boolean,
  leave: (node: PageNode) => void,
): void {
  let node: PageNode | null = root;
  let depth = 0;
  while (node !== null) {
    const child: PageNode | null = enter(node, depth) ? node.firstChild : null;
    if (child !== null) {
      node = child;
      depth += 1;
      continue;
    }
    leave(node);
    while (node !== root && node?.nextSibling === null) {
      node = node.parentNode;
      depth -= 1;
      if (node !== null) leave(node);
    }
    node = node === root || node === null ? null : node.nextSibling;
  }
}

/** The text of a part of a page, with a line for each block. */
function textOf(root: PageNode): string {
  const parts: string[] = [];
  const lineAround = (node: PageNode): void => {
    if (node.nodeType === ELEMENT && !INLINE.has(node.localName ?? '')) parts.push('\n');
  };
  walk(
    root,
    (node) => {
      if (node !== root && isUnread(node)) return false;
      lineAround(node);
      if (node.nodeType === TEXT) parts.push((node.data ?? '').replaceAll(/\s+/g, ' '));
      return true;
    },
    lineAround,
  );
  // Runs of spaces first: looking for a line after each of many would take for ever.
  return parts
    .join('')
    .replaceAll(/ {2,}/g, ' ')
    .replaceAll(/ ?\n[ \n]*/g, '\n')
    .trim();
}

const cut = (text: string, length: number): string =>
  text.length <= length ? text : text.slice(0, length).toWellFormed();

/** The page as a tree. HTML may leave `html` and `body` out, but the parser does not add them. */
function pageOf(html: string): Page {
  const parsed = parseHTML(html) as { document: Page };
  if (parsed.document.documentElement?.localName === 'html' && /<body[\s>]/i.test(html)) return parsed.document;
  return (parseHTML(`<!doctype html><html><body>${withoutFrame(html)}</body></html>`) as { document: Page }).document;
}

/**
 * HTML without doctypes and `html` tags. By one pass over it: a pattern like `<html[^>]*>` would look for the end again from
 * every place where such a tag begins and never ends.
 */
function withoutFrame(html: string): string {
  const beginnings = /<!doctype|<\/?html/gi;
  const kept: string[] = [];
  let from = 0;
  for (let tag = beginnings.exec(html); tag !== null; tag = beginnings.exec(html)) {
    const end = html.indexOf('>', tag.index);
    if (end === -1) break;
    kept.push(html.slice(from, tag.index));
    from = beginnings.lastIndex = end + 1;
  }
  return kept.join('') + html.slice(from);
}

function baseOf(page: Page, url: string): string {
  const href = page.querySelector('base[href]')?.getAttribute('href') ?? '';
  return URL.canParse(href, url) ? new URL(href, url).href : url;
}

function targetOf(node: PageNode, base: string): string | undefined {
  const href = node.getAttribute('href');
  if (href === null || !URL.canParse(href, base)) return undefined;
  const url = new URL(href, base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  url.hash = '';
  return url.href;
}

/** Links to other pages, each once, as many as there is room for. */
function linksOf(nodes: readonly PageNode[], base: string): { links: Link[]; cut: boolean } {
  const links = new Map<string, Link>();
  let characters = 0;
  for (const node of nodes) {
    const url = targetOf(node, base);
    // Before its text is read: links may lie in one another, and each would be read as often as it is nested.
    if (url === undefined || links.has(url)) continue;
    const link = { url, text: cut(textOf(node).replaceAll('\n', ' '), MAX_LINK_TEXT) };
    characters += link.url.length + link.text.length;
    if (characters > MAX_LINK_CHARACTERS || links.size >= MAX_LINKS) return { links: [...links.values()], cut: true };
    links.set(url, link);
  }
  return { links: [...links.values()], cut: false };
}

/** What Readability takes for the article; it changes the page. */
function articleOf(page: Page): { title: string; text: string } {
  try {
    const reader = new Readability<string>(page, {
      serializer: (node) => textOf(node as PageNode),
    });
    const article = reader.parse();
    return { title: article?.title ?? '', text: article?.content ?? '' };
  } catch {
    // It is made for pages of this world; for any other there is the plain text.
    return { title: '', text: '' };
  }
}

function read({ html, url }: Given): { title: string; text: string; links: Link[]; truncated: boolean } {
  const document = pageOf(html);
  const anchors: PageNode[] = [];
  let elements = 0;
  let deepest = 0;
  const root = document.documentElement ?? document;
  walk(
    root,
    (node, depth) => {
      if (node.nodeType === ELEMENT) elements += 1;
      deepest = Math.max(deepest, depth);
      if (node.localName === 'a') anchors.push(node);
      return true;
    },
    () => {},
  );
  const links = linksOf(anchors, baseOf(document, url));
  const plain = textOf(document.body ?? root);
  const heading = document.querySelector('title') ?? document.querySelector('h1');
  const ownTitle = heading === null ? '' : textOf(heading).replaceAll('\n', ' ');
  const article = elements <= MAX_ELEMENTS && deepest <= MAX_DEPTH ? articleOf(document) : { title: '', text: '' };
  const text = article.text.length >= Math.min(MIN_ARTICLE, plain.length) ? article.text : plain;
  return {
    title: cut(article.title.trim() || ownTitle, MAX_TITLE),
    text: cut(text, MAX_TEXT),
    links: links.links,
    truncated: text.length > MAX_TEXT || links.cut,
  };
}

// Requests that are being served come first.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

process.once('message', (given) => {
  process.send?.(read(given as Given), () => process.disconnect());
});
