import type { JsonValue } from '#libs/kernel';
import { MissingReference, findReferences } from '../plan/references.js';

/** Most bytes of results that one task's arguments may take in. */
const MAX_REFERRED_BYTES = 8 * 1024 * 1024;

/**
 * Refuses arguments that would grow without measure: a few references to large results, chained over some tasks,
 * multiply. Each reference counts as the whole output that it reaches into. Throws MissingReference with the code
 * `invalid_arguments`.
 */
export function boundReferences(
  given: JsonValue,
  isTask: (key: string) => boolean,
  bytesOf: (key: string) => number,
): void {
  let bytes = 0;
  for (const { task, text } of findReferences(given, isTask)) {
    bytes += task === undefined ? 0 : bytesOf(task);
    if (bytes > MAX_REFERRED_BYTES) {
      throw new MissingReference(
        text,
        `room: the references of these arguments reach into more than ${MAX_REFERRED_BYTES} bytes`,
        'invalid_arguments',
      );
    }
  }
}
