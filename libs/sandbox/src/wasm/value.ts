import type { JsonValue } from '#libs/kernel';

/** Whoever walks a value later does so by recursion: this is as deep as arguments of tools may be, too. */
const MAX_DEPTH = 100;

/** Why a value may not leave a sandbox, as the end of a sentence; undefined where it may. Never runs out of stack. */
export function checkValue(value: JsonValue): string | undefined {
  let level: readonly object[] = isObject(value) ? [value] : [];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth >= MAX_DEPTH) return `is nested more than ${MAX_DEPTH} deep: return a flatter one.`;
    // As a key of data it is honest, but whoever copies it key by key would set a prototype.
    if (level.some((item) => Object.hasOwn(item, '__proto__'))) return 'has `__proto__` as a key: use another name.';
    level = level.flatMap((item) => (Object.values(item) as readonly unknown[]).filter(isObject));
  }
  return undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
