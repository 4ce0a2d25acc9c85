import { expect, it } from 'vitest';
import { compileGlob } from './glob.js';

const fits = (pattern: string, path: string): boolean => compileGlob(pattern)(path.split('/'));

it.each([
  ['*.csv', 'a.csv', true],
  ['*.csv', 'data/a.csv', false],
  ['**/*.csv', 'a.csv', true],
  ['**/*.csv', 'data/2026/a.csv', true],
  ['data/**', 'data/x/y', true],
  ['data/**/z', 'data/x/y', false],
  ['**', 'anything/at/all', true],
  ['a/**/b/**/c', 'a/b/x/b/y/c', true],
  ['a/**/b/**/c', 'a/x/c', false],
  ['2026-??.txt', '2026-07.txt', true],
  ['2026-??.txt', '2026-7.txt', false],
  ['?.txt', '😀.txt', true],
  ['*', '.hidden', true],
  ['a.c', 'abc', false],
  ['[ab]+', '[ab]+', true],
  ['*a*b*', 'xaxbx', true],
  ['*ab', 'aab', true],
  ['a**b', 'a-b', true],
])('matches %s against %s: %s [TOL-1]', (pattern, path, expected) => {
  expect(fits(pattern, path)).toBe(expected);
});

it('ends soon with a pattern that would keep a regular expression busy for ever [TOL-1]', () => {
  expect(fits(`${'*a'.repeat(100)}b`, 'a'.repeat(255))).toBe(false);
  expect(fits(`${'**/a/'.repeat(40)}b`, 'a/'.repeat(60))).toBe(false);
});
