import { closingQuote } from '../phrases/words.js';

/** Steps that one list may have. */
export const MAX_STEPS = 50;

export interface StepList {
  readonly steps: readonly string[];
  /** Whether numbers or bullets say that this is a list; otherwise lines, `then` or `;` merely suggest it. */
  readonly marked: boolean;
}

const INTRODUCTION = /^(please )?(do this|do the following|follow these steps|steps|plan) ?:\s/i;
const BULLET = /^[-*•]\s/;
const NUMBER = /(?<=^|\s)\(?(\d{1,3})[.)]\s/g;
const CONNECTION = /;|\b(?:and )?then\b/gi;

/** The steps that a text consists of; undefined when it is no list at all. */
export function splitSteps(description: string): StepList | undefined {
  const text = description.trim().replace(INTRODUCTION, '').trim();
  const numbered = atNumbers(text);
  if (numbered !== undefined) return list(numbered, true);
  const lines = text.split(/[\r\n]+/).map((line) => line.trim());
  const filled = lines.filter((line) => line !== '');
  if (filled.length > 0 && filled.every((line) => BULLET.test(line))) {
    return list(
      filled.map((line) => line.slice(1)),
      true,
    );
  }
  return list(filled, false);
}

function list(parts: readonly string[], marked: boolean): StepList | undefined {
  const steps = parts
    .flatMap(atConnections)
    .map(tidy)
    .filter((step) => step !== '');
  return marked ? (steps.length > 0 ? { steps, marked } : undefined) : steps.length > 1 ? { steps, marked } : undefined;
}

/** Parts between the numbers 1, 2, 3 …; other numbers in the text are just numbers. */
function atNumbers(text: string): string[] | undefined {
  const isQuoted = quotesIn(text);
  const cuts: { readonly start: number; readonly end: number }[] = [];
  for (const found of text.matchAll(NUMBER)) {
    if (Number(found[1]) !== cuts.length + 1 || isQuoted(found.index)) continue;
    cuts.push({ start: found.index, end: found.index + found[0].length });
  }
  if (cuts[0]?.start !== 0) return undefined;
  return cuts.map(({ end }, index) => text.slice(end, cuts[index + 1]?.start ?? text.length));
}

function atConnections(text: string): string[] {
  const isQuoted = quotesIn(text);
  const parts: string[] = [];
  let from = 0;
  for (const found of text.matchAll(CONNECTION)) {
    if (isQuoted(found.index)) continue;
    parts.push(text.slice(from, found.index));
    from = found.index + found[0].length;
  }
  return [...parts, text.slice(from)];
}

/** Without what connects a step with its neighbours. */
function tidy(step: string): string {
  let text = step.trim();
  while (text !== '' && ',;'.includes(text[0]!)) text = text.slice(1).trimStart();
  while (text !== '' && ',;'.includes(text.at(-1)!)) text = text.slice(0, -1).trimEnd();
  return text;
}

/** Tells whether a place stands in quotes. */
function quotesIn(text: string): (at: number) => boolean {
  const ranges: (readonly [start: number, end: number])[] = [];
  for (let at = 0; at < text.length; at++) {
    const opens = at === 0 || /[\s(]/.test(text[at - 1]!);
    // A quote that is never closed is looked for once in each place: keep the search short.
    const end = opens ? closingQuote(text.slice(at, at + 2000), 0) : -1;
    if (end <= 0) continue;
    ranges.push([at, at + end]);
    at += end;
  }
  return (at) => ranges.some(([start, end]) => start < at && at < end);
}
