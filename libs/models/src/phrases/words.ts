/** A word of a description, or what stands in quotes. */
export interface Word {
  /** As it was written, without its quotes. */
  readonly text: string;
  /** For comparing: lower case, without punctuation at its ends. */
  readonly plain: string;
  readonly quoted: boolean;
  /** Whether the quotes are backticks. */
  readonly code: boolean;
  /** Place in the description, quotes included. */
  readonly start: number;
  readonly end: number;
}

/** Characters of a description that a phrase can match. Longer ones are stories, not commands. */
const MAX_LENGTH = 1000;
const MAX_WORDS = 80;

const CLOSING: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '`': '`',
  '“': '”',
  '‘': '’',
  '«': '»',
  '„': '“',
};

const BREAK = /[\s,;:.!?)]/;

/** The place of the quote that closes the one at `start`, or -1. An apostrophe within a word closes nothing. */
export function closingQuote(text: string, start: number): number {
  const closing = CLOSING[text[start] ?? ''];
  if (closing === undefined) return -1;
  for (let at = text.indexOf(closing, start + 1); at > 0; at = text.indexOf(closing, at + 1)) {
    const next = text[at + 1];
    if (next === undefined || BREAK.test(next)) return at;
  }
  return -1;
}

/** The words of a text; undefined when it is too long to be a phrase. */
export function wordsOf(text: string): Word[] | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const words: Word[] = [];
  for (let at = 0; at < text.length;) {
    if (/\s/.test(text[at]!)) {
      at += 1;
      continue;
    }
    if (words.length === MAX_WORDS) return undefined;
    const word = wordAt(text, at);
    words.push(word);
    at = word.end;
  }
  return words;
}

function wordAt(text: string, start: number): Word {
  const closing = closingQuote(text, start);
  if (closing > start + 1) {
    const inner = text.slice(start + 1, closing);
    const end = closing + 1;
    return { text: inner, plain: '', quoted: true, code: text[start] === '`', start, end: pastPunctuation(text, end) };
  }
  let end = start;
  while (end < text.length && !/\s/.test(text[end]!)) end += 1;
  const written = text.slice(start, end);
  return { text: trimmed(written), plain: trimmed(written).toLowerCase(), quoted: false, code: false, start, end };
}

function pastPunctuation(text: string, at: number): number {
  let end = at;
  while (end < text.length && ',;:.!?)'.includes(text[end]!)) end += 1;
  return end;
}

/** Without the punctuation that a sentence puts behind a word. A lone `.` is the workspace. */
function trimmed(word: string): string {
  let end = word.length;
  while (end > 1 && ',;:.!?'.includes(word[end - 1]!)) end -= 1;
  return word.slice(0, end);
}

const ARTICLES = new Set(['a', 'an', 'the', 'my', 'our', 'this', 'these', 'please', 'all']);

/** Words that a phrase need not have: articles, and courtesy. */
export const isFillerWord = (plain: string): boolean => ARTICLES.has(plain);

export function isFiller(word: Word): boolean {
  return !word.quoted && isFillerWord(word.plain);
}
