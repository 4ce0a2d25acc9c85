import { BELOW, UNKNOWN, withPatterns } from '../text.js';
import { withoutBraces } from './braces.js';
import { type Part, partsOf, partsOfQuoted } from './parts.js';
import type { Variables } from './variables.js';

/** Putting a part of a word to the others takes as long as reading so many characters. */
const COST_OF_PART = 4;

/** What expanding a word needs of the shell that does it. */
export interface Expander {
  readonly variables: Variables;
  /** Looks into a script and returns what it would print. */
  outputOf(script: string): string;
  /** The path by which another program reads this text. */
  pipeOf(text: string): string;
  spend(characters: number): void;
  deeper<Result>(work: () => Result): Result;
}

/** A part with the values that it may have. A list is `"$@"`: each of its members is a word of its own. */
interface Resolved {
  readonly values: readonly string[];
  readonly isList: boolean;
  readonly isQuoted: boolean;
  /** Whether it is split at blanks where it is not quoted. */
  readonly isSplit: boolean;
}

/**
 * The words that a shell makes of one word. Where a variable has several possible values there are several answers,
 * one for each.
 */
export function expandWord(raw: string, expander: Expander): string[][] {
  expander.spend(raw.length);
  const made = withoutBraces(raw, (characters) => expander.spend(characters));
  const words = made.map((word) => resolve(tilde(partsOf(word)), expander));
  const separators = separatorsOf(expander);
  return Array.from({ length: answersOf(words.flat()) }, (_, answer) =>
    words.flatMap((parts) => {
      expander.spend(costOf(parts, answer));
      return join(parts, answer, separators);
    }),
  );
}

/** The texts that a word may mean where it is not split: in an assignment, as the target of a redirection. */
export function expandText(raw: string, expander: Expander): string[] {
  expander.spend(raw.length);
  return joined(resolve(tilde(partsOf(raw)), expander), expander);
}

/** The texts that a here-document may mean. */
export function expandDocument(body: string, expander: Expander): string[] {
  expander.spend(body.length);
  return joined(resolve(partsOfQuoted(body), expander), expander);
}

function joined(parts: readonly Resolved[], expander: Expander): string[] {
  return Array.from({ length: answersOf(parts) }, (_, answer) => {
    expander.spend(costOf(parts, answer));
    return parts.map((part) => (part.isList ? part.values.join(' ') : valueIn(part, answer))).join('');
  });
}

/** Characters and parts of one answer: to be spent before they are put together, as there may be very many. */
function costOf(parts: readonly Resolved[], answer: number): number {
  let cost = 1;
  for (const part of parts) {
    const values = part.isList ? part.values : [valueIn(part, answer)];
    for (const value of values) cost += COST_OF_PART + value.length;
  }
  return cost;
}

function separatorsOf(expander: Expander): ReadonlySet<string> {
  const separators = expander.variables.valuesOf('IFS')?.[0] ?? '';
  expander.spend(separators.length);
  return new Set(separators);
}

function answersOf(parts: readonly Resolved[]): number {
  return parts.reduce((most, part) => (part.isList ? most : Math.max(most, part.values.length)), 1);
}

function valueIn(part: Resolved, answer: number): string {
  return part.values[Math.min(answer, part.values.length - 1)] ?? '';
}

function tilde(parts: readonly Part[]): Part[] {
  const [first, ...rest] = parts;
  if (first?.kind !== 'text' || first.isQuoted || !first.text.startsWith('~')) return [...parts];
  const behind = first.text.slice(1);
  const home: Part =
    behind === '' || behind.startsWith('/')
      ? { kind: 'parameter', name: 'HOME', change: '', isQuoted: true }
      : // `~name` is the home of somebody else, `~+` and `~-` folders that the shell remembers.
        { kind: 'text', text: `/home/${BELOW}`, isQuoted: true };
  return [home, { ...first, text: behind }, ...rest];
}

function resolve(parts: readonly Part[], expander: Expander): Resolved[] {
  return parts.map((part): Resolved => {
    if (part.kind === 'text') {
      const text = part.isQuoted ? part.text : withPatterns(part.text);
      return { values: [text], isList: false, isQuoted: part.isQuoted, isSplit: false };
    }
    if (part.kind === 'process') {
      return {
        values: [expander.pipeOf(expander.outputOf(part.script))],
        isList: false,
        isQuoted: true,
        isSplit: false,
      };
    }
    const values =
      part.kind === 'output' ? [withoutLastBreaks(expander.outputOf(part.script))] : parameter(part, expander);
    const isList = part.kind === 'parameter' && (part.name === '@' || part.name === '*') && part.change === '';
    return { values, isList, isQuoted: part.isQuoted, isSplit: true };
  });
}

/** A loop, since `/\n+$/` goes over each run of line breaks again and again. */
function withoutLastBreaks(text: string): string {
  let end = text.length;
  while (end > 0 && text.charAt(end - 1) === '\n') end -= 1;
  return text.slice(0, end);
}

function parameter(part: Part & { kind: 'parameter' }, expander: Expander): readonly string[] {
  const { variables } = expander;
  const isAll = part.name === '@' || part.name === '*';
  const values = isAll ? (variables.parameters ?? [UNKNOWN]) : variables.valuesOf(part.name);
  expander.spend(values?.length ?? 0);
  if (part.change === '') return values ?? [UNKNOWN];
  const [, operator = '', argument = ''] = /^(:?[-=+?])([\s\S]*)$/.exec(part.change) ?? [];
  const isKnown = values !== undefined && values.length > 0 && !(operator.startsWith(':') && values.includes(''));
  const other = (): string[] => expander.deeper(() => expandText(argument, expander));
  if (operator.endsWith('+')) return [...other(), ''];
  if (operator === '') return [UNKNOWN];
  if (isKnown) return values;
  // The shell ends where there is nothing: so it is never empty.
  return operator === ':?' ? [UNKNOWN + BELOW] : operator === '?' ? [UNKNOWN] : other();
}

/** The words of one answer. An unquoted value is split and its patterns count; a quoted one is taken as it is. */
function join(parts: readonly Resolved[], answer: number, separators: ReadonlySet<string>): string[] {
  const words: string[] = [];
  let word: string | undefined;
  const next = (): void => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  for (const part of parts) {
    const values = part.isList ? part.values : [valueIn(part, answer)];
    for (const [index, value] of values.entries()) {
      if (index > 0) next();
      if (part.isQuoted || !part.isSplit) word = (word ?? '') + value;
      else
        for (const [piece, text] of split(withPatterns(value), separators).entries()) {
          if (piece > 0) next();
          if (text !== '') word = (word ?? '') + text;
        }
    }
  }
  next();
  return words;
}

function split(text: string, separators: ReadonlySet<string>): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const character of text) {
    if (separators.has(character)) {
      pieces.push(piece);
      piece = '';
    } else {
      piece += character;
    }
  }
  return [...pieces, piece];
}
