import { expect, it } from 'vitest';
import { mediaTypeOf } from './media-type.js';

it.each([
  ['in.csv', 'text/csv'],
  ['out/Report.PDF', 'application/pdf'],
  ['a.tar.gz', 'application/gzip'],
  ['folder.json/plain', 'application/octet-stream'],
  ['.json', 'application/octet-stream'],
  ['a.constructor', 'application/octet-stream'],
  ['a.', 'application/octet-stream'],
])('takes %s for %s [ORC-13]', (path, type) => {
  expect(mediaTypeOf(path)).toBe(type);
});
