import { describe, expect, it } from 'vitest';
import { misreadCode } from './javascript-syntax.js';

describe('JavaScript of a declared tool', () => {
  it.each([
    ['input.cents'],
    ['const n = await Promise.resolve(1);\nn + 1'],
    ['"the word await"'],
    ['({ a: 1 }) // end'],
  ])('is taken when it can be read: %s [TOL-10]', (code) => {
    expect(misreadCode(code)).toBeUndefined();
  });

  it.each([
    ['const a = 1;\nconst b = ;', 2],
    ['const a = await input;\n\nlet b = ) a', 3],
    ['return 1', 1],
    ['const a = {', 1],
  ])('is refused with the line of the slip: %s [TOL-10]', (code, line) => {
    expect(misreadCode(code)).toContain(`(line ${line})`);
  });
});
