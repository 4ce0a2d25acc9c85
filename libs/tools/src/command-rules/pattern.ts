import { ANY, ONE, SET } from './text.js';

/** Where each element of a pattern ends, and which characters it fits; `undefined` for `*`. */
type Element = ((character: string) => boolean) | undefined;

/**
 * Whether a pattern of file names could be expanded to this name. By a table instead of a regular expression, so that
 * no pattern takes long. As in shells, a leading dot is only fitted by a dot.
 */
export function couldBe(pattern: string, name: string): boolean {
  if (name.startsWith('.') && !pattern.startsWith('.')) return false;
  let reached = new Set([0]);
  for (const element of elementsOf(pattern)) {
    reached = element ? step(reached, element, name) : onwards(reached, name.length);
    if (reached.size === 0) return false;
  }
  return reached.has(name.length);
}

function step(from: ReadonlySet<number>, fits: (character: string) => boolean, name: string): Set<number> {
  const next = new Set<number>();
  for (const at of from) if (at < name.length && fits(name.charAt(at))) next.add(at + 1);
  return next;
}

function onwards(from: ReadonlySet<number>, end: number): Set<number> {
  const next = new Set<number>();
  for (let at = Math.min(...from); at <= end; at += 1) next.add(at);
  return next;
}

function* elementsOf(pattern: string): Generator<Element> {
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    const end = character === SET ? pattern.indexOf(']', at + 2) : -1;
    // Several in a row fit what one fits.
    if (character === ANY && pattern.charAt(at - 1) === ANY) continue;
    if (character === ANY) yield undefined;
    else if (character === ONE) yield () => true;
    else if (end === -1) yield (given) => given === (character === SET ? '[' : character);
    else {
      yield setOf(pattern.slice(at + 1, end));
      at = end;
    }
  }
}

function setOf(content: string): (character: string) => boolean {
  const negated = content.startsWith('!') || content.startsWith('^');
  const members = negated ? content.slice(1) : content;
  // Classes such as `[:alpha:]` are read as anything: too much rather than too little.
  if (members.includes('[:') || members.includes(`${SET}:`)) return () => true;
  return (character) => isMember(members, character) !== negated;
}

function isMember(members: string, character: string): boolean {
  for (let at = 0; at < members.length; at += 1) {
    const isRange = members.charAt(at + 1) === '-' && at + 2 < members.length;
    if (!isRange && members.charAt(at) === character) return true;
    if (isRange && members.charAt(at) <= character && character <= members.charAt(at + 2)) return true;
    if (isRange) at += 2;
  }
  return false;
}
