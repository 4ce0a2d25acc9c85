import { type IdPrefix, parsePublicId, publicId } from '#libs/kernel';
import { z } from 'zod';

/** ISO 8601 in UTC with milliseconds, as every time on the wire is written. */
export function formatTime(time: Date): string {
  return time.toISOString();
}

/** The same for a time that may be missing. */
export function formatOptionalTime(time: Date | null | undefined): string | null {
  return time ? formatTime(time) : null;
}

/** A time in an answer. */
export const timeSchema = z
  .string()
  .meta({ format: 'date-time', description: 'ISO 8601, UTC, milliseconds.', examples: ['2026-12-01T08:30:00.000Z'] });

// A UUIDv7 of the day this was written, so that examples look like what users will see.
const EXAMPLE_ID = '0199e6f1-8a40-7c35-9b2e-4d5f60718293';

/** An id in an answer: the prefix and 26 characters. */
export function idSchema(prefix: IdPrefix) {
  return z.string().meta({
    pattern: `^${prefix}_[0-7][0-9a-hjkmnp-tv-z]{25}$`,
    description: `Public id: \`${prefix}_\` and 26 characters of Crockford base32.`,
    examples: [publicId(prefix, EXAMPLE_ID)],
  });
}

/**
 * An id in a request; gives the UUID. As a path parameter, anything else is a 404 (the edge sees to it): no other
 * form of an id exists, so nothing has it.
 */
export function publicIdSchema(prefix: IdPrefix) {
  return idSchema(prefix).transform((text, context) => {
    const uuid = parsePublicId(prefix, text);
    if (uuid === undefined) {
      context.addIssue({ code: 'custom', message: `Expected an id like ${publicId(prefix, EXAMPLE_ID)}` });
      return z.NEVER;
    }
    return uuid;
  });
}
