import { describe, expect, it } from 'vitest';
import { sourceFiles } from './source-files.js';
import { SOURCE_RULES, findBarrels, findBreaches } from './source-rules.js';

/** The rules are written down with the very words that they forbid. */
const OWN_WORDS = 'test/architecture/source-rules.ts';

describe('source rules', () => {
  it('hold for every file', () => {
    const files = sourceFiles();
    expect(files.length).toBeGreaterThan(50);
    expect(findBreaches(files.filter((file) => file.path !== OWN_WORDS))).toEqual([]);
  });

  it.each(SOURCE_RULES)('bite: $name', (rule) => {
    expect(findBreaches([rule.breach], [rule])).toEqual([`${rule.name}: ${rule.breach.path}:1`]);
    expect(findBreaches([rule.fine], [rule])).toEqual([]);
  });

  it('leave index.ts to the doors of the libraries', () => {
    expect(findBarrels(sourceFiles().map((file) => file.path))).toEqual([]);
    const paths = [
      'libs/tools/src/index.ts',
      'migrations/index.ts',
      'src/goals/index.ts',
      'libs/tools/src/builtin/index.ts',
    ];
    expect(findBarrels(paths)).toEqual(['src/goals/index.ts', 'libs/tools/src/builtin/index.ts']);
  });
});
