import type { JsonValue } from '#libs/kernel';
import { ToolFailure } from '../tool-failure.js';
import { isJsonType } from './media-types.js';

/** A body as it is sent, with the media type to send when the caller names none. */
export interface SentBody {
  readonly text: string;
  readonly type: string;
}

/** The bytes that a body means: text as it is, anything else as JSON. `given` is the caller's own `content-type`. */
export function sentBody(body: JsonValue, given: string | undefined): SentBody {
  if (typeof body === 'string') return { text: body, type: given ?? 'text/plain; charset=utf-8' };
  if (given === undefined || isJsonType(given))
    return { text: JSON.stringify(body), type: given ?? 'application/json' };
  throw new ToolFailure(
    'invalid_arguments',
    '`body` must be text where `content-type` is not JSON: write it in that format, or leave the header out to send JSON.',
  );
}
