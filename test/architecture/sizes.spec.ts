import { describe, expect, it } from 'vitest';
import { findOversize } from './sizes.js';
import { type SourceFile, sourceFiles } from './source-files.js';

const file = (path: string, lines: number): SourceFile => ({ path, text: 'line\n'.repeat(lines) });

describe('sizes of files', () => {
  it('stay within the limits', () => {
    expect(findOversize(sourceFiles())).toEqual([]);
  });

  it('has a limit for one file, tests included and migrations aside', () => {
    const small = Array.from({ length: 30 }, (_, index) => file(`src/goals/${index}.ts`, 50));
    expect(findOversize([...small, file('src/goals/god.ts', 501)])).toEqual([
      'src/goals/god.ts has 501 lines; the limit is 500',
    ]);
    expect(findOversize([...small, file('src/goals/god.spec.ts', 501)])).toHaveLength(1);
    expect(findOversize([...small, file('migrations/1-create-goal.ts', 900)])).toEqual([]);
  });

  it('has limits for the median and the 95th percentile', () => {
    expect(findOversize([file('src/a.ts', 101), file('src/b.ts', 101), file('src/c.ts', 20)])).toEqual([
      "the median of the files' lengths is 101 lines; the limit is 100",
    ]);
    const few = Array.from({ length: 9 }, (_, index) => file(`src/${index}.ts`, 50));
    expect(findOversize([...few, file('src/long.ts', 301)])).toEqual([
      "the 95th percentile of the files' lengths is 301 lines; the limit is 300",
    ]);
  });
});
