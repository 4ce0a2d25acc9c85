import { closeSync, copyFileSync, fstatSync, openSync, readSync, statSync, truncateSync } from 'node:fs';

const LARGEST = 10 * 1024 * 1024;

/**
 * Keeps the server's log bounded: past 10 MiB it moves to `<log>.old`, which it replaces. The server appends, so its
 * open file goes on at the new end.
 */
export function boundLog(path: string, largest = LARGEST): void {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) <= largest) return;
  copyFileSync(path, `${path}.old`);
  truncateSync(path);
}

/** The length of the log now; what is written later is read with `logSince`. */
export function logEnd(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** What the log holds from an offset on, at most the last 4,000 bytes of it. */
export function logSince(path: string, offset: number): string {
  const file = openSync(path, 'r');
  try {
    const end = fstatSync(file).size;
    const start = Math.max(offset, end - 4000, 0);
    const bytes = Buffer.alloc(Math.max(end - start, 0));
    readSync(file, bytes, 0, bytes.length, start);
    return bytes.toString('utf8').trim();
  } finally {
    closeSync(file);
  }
}
