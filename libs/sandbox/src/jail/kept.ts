import { PassThrough, type Readable, pipeline } from 'node:stream';

/** Errors of pipes show in how the process ended. */
function ignore(): void {}

/**
 * Node throws away what nobody has begun to read when a child ends: so this begins at once, and keeps it. Throws
 * where the child has no such pipe.
 */
export function kept(stream: Readable | null): Readable {
  if (stream === null) throw new Error('a pipe is missing');
  return pipeline(stream, new PassThrough(), ignore);
}
