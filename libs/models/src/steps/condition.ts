import type { JsonObject } from '#libs/kernel';
import { closingQuote } from '../phrases/words.js';

/** The operator that stands first counts, after a column in quotes or without: what follows it is the value. */
const CONDITION =
  /^\s*("[^"]+"|'[^']+'|`[^`]+`|“[^”]+”|[^"'`“\s].*?)(?:\s*(<=|>=|!=|<>|==?|<|>)\s*|\s+(is not|is|equals|contains)\s+)(.+)$/is;
const SAME: Readonly<Record<string, string>> = { '==': '=', is: '=', equals: '=', '<>': '!=', 'is not': '!=' };
/** What says more than one thing, or may. */
const MORE = /,|[<>=!]|(?:^|\s)(?:and|or)(?:\s|$)/i;
/** Words that compare. As a value they would be searched for, and never found. */
const SAID_IN_WORDS =
  /^(?:greater|larger|bigger|more|less|smaller|fewer|higher|lower|above|below|over|under|at least|at most|between|before|after|either|one of|in|not|empty|missing)(?:\s|$)/i;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?$/i;
const DATE = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d.*)?$/;

const FORM = 'Write a condition as `column = value`, with =, !=, <, <=, >, >= or contains.';

/** `region = "north west"` in its three parts; a text says why it is not taken. */
export function condition(text: string): JsonObject | string {
  const parts = CONDITION.exec(text);
  if (parts === null) return FORM;
  const [, column, symbol, word, value] = parts;
  const said = (symbol ?? word ?? '').toLowerCase();
  const operator = SAME[said] ?? said;
  const problem = wrongColumn(column!) ?? wrongValue(value!.trim(), operator);
  return problem ?? { operation: 'filter', column: unquoted(column!), operator, value: unquoted(value!) };
}

function wrongColumn(text: string): string | undefined {
  if (isQuoted(text) || !MORE.test(text)) return undefined;
  return `One condition to a step: put the column in quotes where \`${text.trim()}\` is its name.`;
}

function wrongValue(text: string, operator: string): string | undefined {
  if (!isQuoted(text)) {
    if (MORE.test(text) || /^["'`“]/.test(text)) {
      return `A step has one condition: put the value in quotes where all of \`${text}\` is meant, or filter in two steps.`;
    }
    if (SAID_IN_WORDS.test(text)) {
      return `${FORM} Where \`${text}\` is the value itself, put it in quotes; an empty value is \`""\`.`;
    }
  }
  const value = unquoted(text);
  if (/[<>]/.test(operator) && !NUMBER.test(value) && !DATE.test(value)) {
    return `\`${operator}\` compares with a number in digits (\`12.5\`) or a date (\`2026-01-31\`), and \`${value}\` is neither.`;
  }
  return undefined;
}

function isQuoted(text: string): boolean {
  const plain = text.trim();
  return plain.length > 1 && closingQuote(plain, 0) === plain.length - 1;
}

function unquoted(text: string): string {
  const plain = text.trim();
  return isQuoted(plain) ? plain.slice(1, -1) : plain;
}
