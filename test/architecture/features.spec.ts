import { describe, expect, it } from 'vitest';
import { findFault } from '../../scripts/check/commit-messages.js';
import { type TestFile, findFaults, readFeatures } from '../../scripts/check/features.js';

const PAGE = `
## Goals

| id | promise | where | test |
|---|---|---|---|
| ORC-5 | A plan has no cycle. | \`libs/orchestration\` | \`test/plan.spec.ts\` |
| ORC-6 | Tasks run one after another. | \`libs/orchestration\` | \`test/plan.spec.ts\`, \`test/run.spec.ts\` |
`;
const titles = (path: string, ...ids: string[]): TestFile => ({
  path,
  text: ids.map((id) => `it('does it [${id}]', () => {});`).join('\n'),
});
const everything = (): boolean => true;
const TESTS = [titles('test/plan.spec.ts', 'ORC-5, ORC-6'), titles('test/run.spec.ts', 'ORC-6')];

describe('docs/features.md and the tests', () => {
  it('agree when every promise has a test that names it', () => {
    expect(findFaults(readFeatures(PAGE), TESTS, everything)).toEqual([]);
  });

  it('disagree when a named test does not show the promise', () => {
    const faults = findFaults(readFeatures(PAGE), [titles('test/plan.spec.ts', 'ORC-5, ORC-6')], everything);
    expect(faults).toEqual(['ORC-6: no test title of test/run.spec.ts ends with [ORC-6].']);
  });

  it('disagree when a test shows what is not promised', () => {
    const faults = findFaults(readFeatures(PAGE), [...TESTS, titles('src/a.spec.ts', 'TEN-5')], everything);
    expect(faults).toEqual(['TEN-5 is shown by src/a.spec.ts, but docs/features.md does not list it.']);
  });

  it('disagree when a promise stands twice or leads nowhere', () => {
    const faults = findFaults(readFeatures(PAGE + PAGE), TESTS, (path) => path !== 'libs/orchestration');
    expect(faults).toContain('ORC-5 stands in docs/features.md more than once.');
    expect(faults).toContain('ORC-5: there is no libs/orchestration.');
  });
});

describe('commit messages', () => {
  it.each(['feat(goals): resume after a restart', 'fix: give the socket back', 'feat(api)!: drop the old form'])(
    'may be "%s"',
    (subject) => expect(findFault(subject)).toBeUndefined(),
  );

  it.each([
    'Update stuff',
    'feat:no space',
    'feature(goals): resume',
    'fix(goals): end with a stop.',
    `fix: ${'x'.repeat(120)}`,
  ])('may not be "%s"', (subject) => expect(findFault(subject)).toBeDefined());
});
