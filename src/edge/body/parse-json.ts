import { COMMON_ERRORS } from '#libs/kernel';
import { HTTP_ERRORS } from '#libs/http';
import { MAXIMUM_DEPTH, findHostile, isTooDeep } from './hostile.js';

// Refuses what is not UTF-8. A byte order mark is left out, as RFC 8259, section 8.1 permits.
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Parses a body strictly. Throws `invalid_json` for what is no JSON, and `invalid_input` with the path for what JSON
 * can say but nothing can keep. Of duplicate names the last one counts, as everywhere in JavaScript.
 */
export function parseJson(body: Buffer): unknown {
  if (isTooDeep(body))
    throw HTTP_ERRORS.make('invalid_json', `The body is nested deeper than ${MAXIMUM_DEPTH} levels.`);
  const text = decode(body);
  const value = parse(text);
  const hostile = findHostile(value, text);
  if (hostile) {
    throw COMMON_ERRORS.make('invalid_input', { detail: `${hostile.path}: ${hostile.message}.`, issues: [hostile] });
  }
  return value;
}

function decode(body: Buffer): string {
  try {
    return decoder.decode(body);
  } catch (cause) {
    throw HTTP_ERRORS.make('invalid_json', { detail: 'The body is not UTF-8.', cause });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw HTTP_ERRORS.make('invalid_json', { detail: `The body is not valid JSON${position(cause)}.`, cause });
  }
}

// The engine's message quotes the body; only the position is passed on.
function position(cause: unknown): string {
  const found = cause instanceof Error ? /position (\d+)/.exec(cause.message) : null;
  return found ? ` at character ${found[1]}` : '';
}
