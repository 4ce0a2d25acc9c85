import { isStorableText } from '#libs/kernel';

/** Levels of arrays and objects that a body may have. Deeper ones break recursive code, ours and the database's. */
export const MAXIMUM_DEPTH = 200;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Whether JSON text is nested too deeply. Reads bytes, before anything is parsed. */
export function isTooDeep(json: Buffer): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < json.length; index++) {
    const byte = json[index];
    if (inString) {
      if (byte === BACKSLASH) index++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > MAXIMUM_DEPTH) return true;
    } else if (byte === 0x5d || byte === 0x7d) depth--;
  }
  return false;
}

// What could become something hostile when parsed: an escape, the prototype's name, a number beyond double's range.
const SUSPICIOUS = /\\u|__proto__|[eE]\+?\d\d|\d{200}/;

/** Something in a value that must not go further: where it is and why. */
export interface Hostile {
  readonly path: string;
  readonly message: string;
}

/** The first hostile part of a parsed body. `text` is its JSON: a scan of it spares the walk in most cases. */
export function findHostile(value: unknown, text: string): Hostile | undefined {
  return SUSPICIOUS.test(text) ? walk(value) : undefined;
}

function walk(root: unknown): Hostile | undefined {
  const pending: { value: unknown; path: string }[] = [{ value: root, path: '' }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { value, path } = next;
    const message = complaint(value);
    if (message) return { path: path || '(root)', message };
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, child] of Object.entries(value)) {
      const at = path === '' ? key : `${path}.${key}`;
      if (key === '__proto__') return { path: at, message: 'This name is not allowed' };
      if (!isStorableText(key)) return { path: path || '(root)', message: `A name here ${UNSTORABLE}` };
      pending.push({ value: child, path: at });
    }
  }
  return undefined;
}

const UNSTORABLE = 'holds a NUL character or half of a surrogate pair, which cannot be stored';

function complaint(value: unknown): string | undefined {
  if (typeof value === 'string') return isStorableText(value) ? undefined : `The text ${UNSTORABLE}`;
  if (typeof value === 'number' && !Number.isFinite(value)) return 'The number is too large';
  return undefined;
}

/** The first parameter of a query that cannot be stored. */
export function findHostileParameter(query: object): Hostile | undefined {
  for (const [name, value] of Object.entries(query)) {
    const texts: unknown[] = Array.isArray(value) ? value : [value];
    const bad = !isStorableText(name) || texts.some((text) => typeof text === 'string' && !isStorableText(text));
    if (bad) return { path: `$query.${name.replaceAll('\0', '')}`, message: `The text ${UNSTORABLE}` };
  }
  return undefined;
}
