import type { Slots } from '../phrases/match.js';
import { type Phrase, type SlotKind, compilePhrase } from '../phrases/phrase.js';
import type { Draft } from './draft.js';

/** A kind of step: how it is said and which tasks it becomes. */
export interface StepForm {
  readonly phrases: readonly Phrase[];
  /** Ways to say it, as the documentation lists them. */
  readonly listed: readonly string[];
  readonly about: string;
  /** Adds its tasks; a text says why it cannot, and what to do instead. */
  readonly add: (draft: Draft, slots: Slots) => string | undefined;
}

/** What the gaps of all step phrases hold, by their names. */
const KINDS: Readonly<Record<string, SlotKind>> = {
  path: 'path',
  from: 'path',
  to: 'name',
  folder: 'name',
  url: 'url',
  n: 'number',
  seconds: 'number',
  minutes: 'number',
  column: 'text',
  by: 'text',
  columns: 'list',
  condition: 'text',
  text: 'words',
  pattern: 'text',
  quoted: 'quoted',
  command: 'code',
};

export function form(
  phrases: readonly string[],
  about: string,
  add: (draft: Draft, slots: Slots) => string | undefined | void,
  listed: readonly string[] = phrases,
): StepForm {
  const compiled = phrases.map((text) => {
    const phrase = compilePhrase(text, KINDS);
    if (typeof phrase === 'string') throw new TypeError(`${text}: ${phrase}`);
    return phrase;
  });
  return { phrases: compiled, listed, about, add: (draft, slots) => add(draft, slots) ?? undefined };
}

/** A gap that holds a text; the phrases say which ones there are. */
export function textIn(slots: Slots, name: string): string {
  const value = slots[name];
  return typeof value === 'string' ? value : JSON.stringify(value ?? '');
}
