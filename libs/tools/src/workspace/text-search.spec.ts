import { expect, it } from 'vitest';
import { findLine } from './text-search.js';

async function* inPieces(text: string, length: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

it.each([
  ['needle', 3],
  ['first', 1],
  ['needle\nlast', 3],
  ['é', 2],
  ['absent', undefined],
])('finds %j on line %s however the file is cut [TOL-1]', async (text, line) => {
  for (const length of [1, 2, 3, 7, 100]) {
    expect(await findLine(inPieces('first\nsécond\na needle\nlast\n', length), text)).toBe(line);
  }
});
