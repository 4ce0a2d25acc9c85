import { excerpt } from '#libs/kernel';

/*
 * Words of a command are plain strings in which a few characters stand for what is not written there. They are
 * noncharacters of Unicode, reserved for such use inside a program; `plain` takes them out of what people write.
 */

/** Any text, or none: the value of a variable, the output of a program. */
export const UNKNOWN = '\uFDD0';
/** The pattern `*`, where a shell would expand it. */
export const ANY = '\uFDD1';
/** The pattern `?`. */
export const ONE = '\uFDD2';
/** The `[` that begins a pattern such as `[a-z]`. */
export const SET = '\uFDD3';
/** Names below a folder, none of them `..`: what `find` and `ls` print. */
export const BELOW = '\uFDD4';

const MARKS = /[\uFDD0-\uFDEF]/g;
const SHOWN: Readonly<Record<string, string>> = { [UNKNOWN]: '…', [ANY]: '*', [ONE]: '?', [SET]: '[', [BELOW]: '…' };
const CONTROLS = /\p{Cc}+/gu;

/** A text as somebody wrote it, without anything that would be taken for a mark. */
export function plain(text: string): string {
  return text.toWellFormed().replace(MARKS, '\uFFFD');
}

/** A word as a sentence for people quotes it. */
export function shown(word: string): string {
  const text = word.replace(MARKS, (mark) => SHOWN[mark] ?? '').replace(CONTROLS, ' ');
  return `\`${excerpt(text)}\``;
}

/** Makes patterns of the characters that a shell expands where they are not quoted. */
export function withPatterns(text: string): string {
  return text.replace(/[*?[]/g, (character) => (character === '*' ? ANY : character === '?' ? ONE : SET));
}

/** A word with another text wherever the mark stands in it; what that makes is spent before it is made. */
export function replaced(word: string, mark: string, by: string, spend: (characters: number) => void): string {
  const pieces = word.split(mark);
  spend(word.length + (pieces.length - 1) * by.length);
  return pieces.join(by);
}

/** Whether a word is a pattern of file names. */
export function isPattern(word: string): boolean {
  return word.includes(ANY) || word.includes(ONE) || word.includes(SET);
}
