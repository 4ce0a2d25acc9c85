/** A value that JSON can carry. What users put into context, arguments and outputs has this type and is kept as it is. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };
export type JsonObject = { readonly [key: string]: JsonValue };

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// PostgreSQL stores neither U+0000 nor half of a surrogate pair in text or JSON.
const UNSTORABLE_ESCAPE = /\\u(?:0000|d[89a-f])/i;

/** Whether the text can be stored: no NUL character, no unpaired surrogate. */
export function isStorableText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/**
 * The path of the first string (or key) in a JSON value that cannot be stored, or undefined. `serialised` is
 * the value's own JSON text: a scan of it spares the walk in all but rare cases.
 */
export function findUnstorable(value: JsonValue, serialised: string): string | undefined {
  return UNSTORABLE_ESCAPE.test(serialised) || serialised.includes('\0') ? walk(value, '') : undefined;
}

function walk(value: JsonValue, path: string): string | undefined {
  if (typeof value === 'string') return isStorableText(value) ? undefined : path || '(root)';
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, child] of Object.entries(value)) {
    const at = path === '' ? key : `${path}.${key}`;
    if (!isStorableText(key)) return path || '(root)';
    const found = walk(child, at);
    if (found !== undefined) return found;
  }
  return undefined;
}
