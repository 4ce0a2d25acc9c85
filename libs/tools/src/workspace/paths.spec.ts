import { expect, it } from 'vitest';
import { checkRelativePath, namesIn } from './paths.js';

it.each([
  ['', 'empty'],
  ['..', '`..`'],
  ['../x', '`..`'],
  ['a/../b', '`..`'],
  ['a/..', '`..`'],
  ['./../x', '`..`'],
  ['/etc/passwd', 'absolute'],
  ['//host/share', 'absolute'],
  ['..\\x', 'backslash'],
  ['C:\\Windows', 'backslash'],
  ['a\0b', 'NUL'],
  ['a\ud800', 'surrogate'],
  ['n'.repeat(256), '255 bytes'],
  ['é'.repeat(128), '255 bytes'],
  ['a/'.repeat(2100), '4096 bytes'],
  ['a/'.repeat(65), '64 folders'],
])('refuses the path %j because of %s [TOL-1] [SAF-4]', (path, reason) => {
  expect(checkRelativePath(path)).toContain(reason);
});

it.each([
  '.',
  'a',
  './a',
  'a/',
  'a/./b',
  '...',
  '..a',
  'a..',
  '%2e%2e/x',
  '\u2025/x',
  '\uff0e\uff0e/x',
  '~',
  'C:',
  'a b',
])('takes %j for a plain path [TOL-1]', (path) => {
  expect(checkRelativePath(path)).toBeUndefined();
});

it('drops what means nothing in a path [TOL-1]', () => {
  expect(namesIn('./a//b/.')).toEqual(['a', 'b']);
  expect(namesIn('.')).toEqual([]);
});
