import type { Token } from './tokens.js';

interface FunctionText {
  readonly name: string;
  readonly body: readonly Token[];
  /** The place of the first token behind it. */
  readonly end: number;
}

/** The function that is defined at this place, as `name() { … }` or `function name { … }`. */
export function bodyAt(tokens: readonly Token[], at: number): FunctionText | undefined {
  const hasKeyword = wordAt(tokens, at) === 'function';
  const name = wordAt(tokens, hasKeyword ? at + 1 : at);
  let start = hasKeyword ? at + 2 : at + 1;
  const hasBrackets = operatorAt(tokens, start) === '(' && operatorAt(tokens, start + 1) === ')';
  if (name === undefined || (!hasKeyword && !hasBrackets)) return undefined;
  if (hasBrackets) start += 2;
  while (operatorAt(tokens, start) === '\n') start += 1;
  const end = endOfGroup(tokens, start);
  return end === undefined ? undefined : { name, body: tokens.slice(start, end), end };
}

/** Where the group in brackets of either kind ends that begins here. */
function endOfGroup(tokens: readonly Token[], start: number): number | undefined {
  const isBraces = wordAt(tokens, start) === '{';
  if (!isBraces && operatorAt(tokens, start) !== '(') return undefined;
  const read = isBraces ? wordAt : operatorAt;
  const [opening, closing] = isBraces ? ['{', '}'] : ['(', ')'];
  let depth = 0;
  for (let at = start; at < tokens.length; at += 1) {
    const text = read(tokens, at);
    if (text === opening) depth += 1;
    if (text === closing) depth -= 1;
    if (depth === 0) return at + 1;
  }
  return tokens.length;
}

function wordAt(tokens: readonly Token[], at: number): string | undefined {
  const token = tokens[at];
  return token?.kind === 'word' ? token.raw : undefined;
}

function operatorAt(tokens: readonly Token[], at: number): string | undefined {
  const token = tokens[at];
  return token?.kind === 'operator' ? token.text : undefined;
}
