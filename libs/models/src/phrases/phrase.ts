import { isFillerWord } from './words.js';

/**
 * What a gap of a phrase may hold. `text`, `words` and `list` take one or more words, the others exactly one. An article
 * before a text belongs to the sentence (`by the region`); of `words` it is a part (`search for the end`).
 */
export type SlotKind =
  | 'path'
  | 'folder'
  | 'name'
  | 'url'
  | 'number'
  | 'boolean'
  | 'text'
  | 'list'
  | 'code'
  | 'quoted'
  | 'words';

export type Element =
  | { readonly type: 'word'; readonly word: string }
  | { readonly type: 'slot'; readonly name: string; readonly kind: SlotKind };

/** A phrase such as `report on {file} by {group_by}`, ready to be matched. */
export interface Phrase {
  readonly text: string;
  readonly elements: readonly Element[];
  /** Compared in this order: words, gaps of a known form, fewer gaps. The higher one is the more specific phrase. */
  readonly rank: readonly [words: number, formed: number, fewerSlots: number];
}

const SLOT = /^\{([a-z][a-z0-9_]*)\}$/;
const WORD = /^[\p{L}\p{N}][\p{L}\p{N}'’=<>!-]*$|^[=<>!]+$/u;
const MANY: ReadonlySet<SlotKind> = new Set(['text', 'words', 'list']);

export const takesMany = (element: Element): boolean => element.type === 'slot' && MANY.has(element.kind);

/** Reads a phrase; a text says what is wrong with it. Articles in it are left out, as they are in descriptions. */
export function compilePhrase(text: string, kinds: Readonly<Record<string, SlotKind>>): Phrase | string {
  const elements: Element[] = [];
  for (const part of text.trim().split(/\s+/)) {
    const name = SLOT.exec(part)?.[1];
    if (name !== undefined) {
      const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
      if (kind === undefined) return `\`{${name}}\` cannot stand in a phrase: it is no parameter that words can give.`;
      elements.push({ type: 'slot', name, kind });
    } else if (!WORD.test(part)) return `\`${part}\` is neither a word nor a parameter in braces.`;
    else if (!isFillerWord(part.toLowerCase())) elements.push({ type: 'word', word: part.toLowerCase() });
  }
  const slots = elements.filter((element) => element.type === 'slot');
  if (elements.length === slots.length) return 'A phrase needs words beside its parameters.';
  if (elements.length > 20) return 'A phrase has at most 20 words and parameters.';
  if (new Set(slots.map(({ name }) => name)).size < slots.length) return 'A parameter stands in a phrase once.';
  if (elements.some((element, at) => element.type === 'slot' && elements[at + 1]?.type === 'slot')) {
    return 'Between two parameters there must be a word, or nobody knows where one ends.';
  }
  const formed = slots.filter((slot) => !takesMany(slot)).length;
  return { text, elements, rank: [elements.length - slots.length, formed, -slots.length] };
}

/** Positive when the first is the more specific one. */
export function compareRank(a: Phrase, b: Phrase): number {
  return a.rank[0] - b.rank[0] || a.rank[1] - b.rank[1] || a.rank[2] - b.rank[2];
}

/** Whether some description could match both. Files of a goal that look like words are not thought of. */
export function overlap(a: Phrase, b: Phrase): boolean {
  const seen = new Set<number>();
  const meet = (i: number, j: number): boolean => {
    const one = a.elements[i];
    const other = b.elements[j];
    if (one === undefined || other === undefined) return one === other;
    const key = i * 32 + j;
    if (seen.has(key) || !compatible(one, other)) return false;
    seen.add(key);
    return meet(i + 1, j + 1) || (takesMany(one) && meet(i, j + 1)) || (takesMany(other) && meet(i + 1, j));
  };
  return meet(0, 0);
}

/** Whether one word can stand for both. */
function compatible(a: Element, b: Element): boolean {
  if (takesMany(a) || takesMany(b)) return true;
  if (a.type === 'word' && b.type === 'word') return a.word === b.word;
  if (a.type === 'slot' && b.type === 'slot') return a.kind === b.kind || PLACES.has(a.kind) === PLACES.has(b.kind);
  const [word, slot] = a.type === 'word' ? [a, b] : [b, a];
  return slot.type === 'slot' && word.type === 'word' && slot.kind === 'name';
}

const PLACES: ReadonlySet<SlotKind> = new Set(['path', 'folder', 'name']);
