import type { JsonValue } from '#libs/kernel';
import { type Element, type Phrase, takesMany } from './phrase.js';
import { type Places, isWorkspacePath } from './places.js';
import { type Word, isFiller } from './words.js';

export type Slots = Readonly<Record<string, JsonValue>>;

/** A description in words, and the places that it may speak of. */
export interface Said {
  readonly text: string;
  readonly words: readonly Word[];
  readonly places: Places;
}

const COUNTED = [
  'zero',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
];
const NUMBER = /^[+-]?\d{1,15}(\.\d{1,9})?$/;
const YES = new Set(['yes', 'true', 'on']);
const NO = new Set(['no', 'false', 'off']);

/**
 * What the gaps of a phrase hold when it matches all of what was said; undefined when it does not. Articles are
 * passed over; a text gap takes as few words as it can. The work is bounded by words² × elements.
 */
export function match(phrase: Phrase, said: Said): Slots | undefined {
  const { words } = said;
  const { elements } = phrase;
  const failed = new Set<number>();
  const found: [string, JsonValue][] = [];

  const from = (word: number, element: number): boolean => {
    if (element === elements.length) return words.slice(word).every(isFiller);
    if (word === words.length) return false;
    const key = word * (elements.length + 1) + element;
    if (failed.has(key)) return false;
    const passed = isFiller(words[word]!) && !keepsFillers(elements[element]!) && from(word + 1, element);
    if (passed || take(word, element)) return true;
    failed.add(key);
    return false;
  };
  const take = (word: number, at: number): boolean => {
    const element = elements[at]!;
    if (element.type === 'word') return sameWord(words[word]!, element.word) && from(word + 1, at + 1);
    const last = takesMany(element) ? words.length : word + 1;
    for (let end = word + 1; end <= last; end++) {
      const value = valueOf(element, said, word, end);
      if (value === undefined) continue;
      const before = found.length;
      found.push([element.name, value]);
      if (from(end, at + 1)) return true;
      found.length = before;
    }
    return false;
  };
  return from(0, 0) ? Object.fromEntries(found) : undefined;
}

const keepsFillers = (element: Element): boolean => element.type === 'slot' && element.kind === 'words';

function sameWord(word: Word, wanted: string): boolean {
  return !word.quoted && word.plain === wanted;
}

function valueOf(slot: Element & { type: 'slot' }, said: Said, start: number, end: number): JsonValue | undefined {
  const words = said.words.slice(start, end);
  const first = words[0]!;
  switch (slot.kind) {
    case 'path':
      return said.places.isPath(first.text) ? first.text : undefined;
    case 'folder':
      return said.places.isFolder(first.text) ? first.text : undefined;
    case 'name':
      return isWorkspacePath(first.text) && !first.text.includes('://') ? first.text : undefined;
    case 'url':
      return /^https?:\/\/./i.test(first.text) && URL.canParse(first.text) ? first.text : undefined;
    case 'number':
      return numberOf(first);
    case 'boolean':
      return YES.has(first.plain) ? true : NO.has(first.plain) ? false : undefined;
    case 'code':
      return first.code ? first.text : undefined;
    case 'quoted':
      return first.quoted && !first.code ? first.text : undefined;
    case 'list':
      return listOf(said, words);
    case 'words':
    case 'text':
      return textOf(said, words);
  }
}

/**
 * What one of these gaps holds, where it may be more than one name: it has a comma or a conjunction in it and does not
 * stand in quotes.
 */
export function doubtful(slots: Slots, names: readonly string[], { words }: Said): string | undefined {
  const texts = names.map((name) => slots[name]).filter((value) => typeof value === 'string');
  return texts.find((value) => {
    if (!/,|(?:^|\s)(?:and|or|&)(?:\s|$)/i.test(value)) return false;
    return !words.some(({ quoted, text }) => quoted && text === value);
  });
}

/** The remedy for it. */
export const inQuotes = (value: string): string =>
  `\`${value}\` may be more than one name: put it in quotes where all of it is the name.`;

function numberOf({ text, plain }: Word): number | undefined {
  if (NUMBER.test(text)) return Number(text);
  const counted = COUNTED.indexOf(plain);
  return counted < 0 ? undefined : counted;
}

/** What was written, with its own spaces; without the quotes where all of it is in quotes. */
function textOf({ text }: Said, words: readonly Word[]): string {
  const [first] = words;
  if (words.length === 1) return first!.text;
  const written = text.slice(first!.start, words.at(-1)!.end);
  return written.replace(/[,;:.!?]+$/, '');
}

/** `a, b and "c d"` are three entries. */
function listOf(said: Said, words: readonly Word[]): JsonValue | undefined {
  const entries: Word[][] = [[]];
  for (const word of words) {
    const conjunction = !word.quoted && (word.plain === 'and' || word.plain === '&');
    if (conjunction) entries.push([]);
    else entries.at(-1)!.push(word);
    if (!conjunction && said.text[word.end - 1] === ',') entries.push([]);
  }
  const texts = entries
    .filter((entry) => entry.length > 0)
    .flatMap((entry) => (entry.length === 1 && !entry[0]!.quoted ? entry[0]!.text.split(',') : [textOf(said, entry)]));
  return texts.length > 0 && texts.every((text) => text !== '') ? texts : undefined;
}
