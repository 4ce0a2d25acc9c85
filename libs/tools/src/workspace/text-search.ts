const NEWLINE = 10;

function countLines(bytes: Uint8Array, end: number): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0 && at < end; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}

/** The number (from 1) of the line on which a text begins for the first time, or undefined. Compares bytes. */
export async function findLine(chunks: AsyncIterable<Uint8Array>, text: string): Promise<number | undefined> {
  const needle = Buffer.from(text);
  let carried = Buffer.alloc(0);
  let line = 1;
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([carried, chunk]);
    const found = bytes.indexOf(needle);
    if (found >= 0) return line + countLines(bytes, found);
    // The text may begin at the end of this chunk and go on in the next.
    const kept = Math.max(0, bytes.length - needle.length + 1);
    line += countLines(bytes, kept);
    carried = bytes.subarray(kept);
  }
  return undefined;
}
