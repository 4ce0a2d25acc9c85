/** Bytes as JSON of one stream of output: both together, and what else is told, fit into what an output may have. */
const MAX_BYTES = 400 * 1024;

/**
 * The text, or as much of its beginning as an output has room for: what a command did must not be lost because it said
 * much about it. In JSON a character may take six times the bytes that the command wrote.
 */
export function fitted(text: string): string {
  if (bytesOf(text) <= MAX_BYTES) return text;
  let kept = text.slice(0, MAX_BYTES);
  while (bytesOf(kept) > MAX_BYTES) kept = kept.slice(0, Math.floor(kept.length * 0.8));
  const note = `\n[The rest is left out: ${text.length - kept.length} characters. Write to a file to keep it.]\n`;
  return kept.toWellFormed() + note;
}

function bytesOf(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}
