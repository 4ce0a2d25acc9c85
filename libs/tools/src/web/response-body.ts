import { type JsonValue, findUnstorable } from '#libs/kernel';
import { isJsonType, strictText } from './media-types.js';

/** Deeper JSON is left as text: arguments that refer to it could not be nested deeper either. */
const MAX_DEPTH = 100;

/** A body as it stands in the output. `encoding` is there for bytes that are no text only. */
export type OutputBody = { readonly body: JsonValue } | { readonly body: string; readonly encoding: 'base64' };

function isShallow(value: JsonValue): boolean {
  let level: readonly JsonValue[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return false;
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []));
  }
  return true;
}

/** The value of a JSON text, or undefined when it is none or cannot be stored as one. */
function parsed(text: string): JsonValue | undefined {
  try {
    const value = JSON.parse(text) as JsonValue;
    return isShallow(value) && findUnstorable(value, JSON.stringify(value)) === undefined ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What a response holds: the parsed value where its media type is JSON, so that `$ref` reaches into it; text where the
 * bytes are text; base64 otherwise.
 */
export function outputBody(bytes: Buffer, contentType: string | undefined): OutputBody {
  const text = strictText(bytes, contentType);
  if (text === undefined) return { body: bytes.toString('base64'), encoding: 'base64' };
  const value = isJsonType(contentType) ? parsed(text) : undefined;
  // Not `??`: null is a value.
  return { body: value === undefined ? text : value };
}
