import { endOfUnit } from './units.js';

/** More words than that are not made of one: the rest stays as it is written. */
const MAX_WORDS = 64;

/**
 * The words that bash makes of one with braces, e.g. `/{etc,var}`. Sequences such as `{1..3}` stay as they are. What is
 * made may be many times as long as what was written: it is spent before it is made.
 */
export function withoutBraces(raw: string, spend: (characters: number) => void): string[] {
  if (!raw.includes('{')) return [raw];
  const done: string[] = [];
  let open = [raw];
  while (open.length > 0 && open.length + done.length < MAX_WORDS) {
    const next: string[] = [];
    for (const word of open) {
      const made = expandFirst(word, spend);
      if (made) next.push(...made);
      else done.push(word);
    }
    open = next;
  }
  return [...done, ...open];
}

/** The words of the first braces that hold a comma; undefined if there are none. */
function expandFirst(raw: string, spend: (characters: number) => void): string[] | undefined {
  spend(raw.length);
  const stack: { start: number; commas: number[] }[] = [];
  for (let at = 0; at < raw.length; at = endOfUnit(raw, at)) {
    const character = raw.charAt(at);
    if (character === '{') stack.push({ start: at, commas: [] });
    else if (character === ',') stack.at(-1)?.commas.push(at);
    else if (character === '}') {
      const group = stack.pop();
      if (!group || group.commas.length === 0) continue;
      spend(raw.length * Math.min(group.commas.length + 1, MAX_WORDS));
      return choices(raw, group.start, group.commas, at);
    }
  }
  return undefined;
}

function choices(raw: string, start: number, commas: readonly number[], end: number): string[] {
  const edges = [start, ...commas, end];
  return commas
    .slice(0, MAX_WORDS - 1)
    .concat(end)
    .map((edge, index) => raw.slice(0, start) + raw.slice(edges[index]! + 1, edge) + raw.slice(end + 1));
}
