import type { JsonObject } from '#libs/kernel';
import { describe, expect, it } from 'vitest';
import { argumentsOf } from './declaration.js';
import { UrlTemplate } from './url-template.js';

const ORIGIN = 'https://api.example.com';

function template(text: string): UrlTemplate {
  const parsed = UrlTemplate.parse(text);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
}

const expand = (text: string, given: JsonObject): string => template(text).expand(argumentsOf(given));

describe('a URL with parameters', () => {
  it.each([
    ['/cities/{city}', { city: 'Zürich' }, '/cities/Z%C3%BCrich'],
    ['/cities/{city}', { city: 'a b&c=d' }, '/cities/a%20b%26c%3Dd'],
    ['/cities/{city}', { city: '../../admin' }, '/cities/..%2F..%2Fadmin'],
    ['/cities/{city}', { city: '%2e%2e' }, '/cities/%252e%252e'],
    ['/cities/{city}', { city: '%2f@evil' }, '/cities/%252f%40evil'],
    ['/cities/{city}', { city: "a'(b)*!" }, '/cities/a%27%28b%29%2A%21'],
    ['/cities/{city}', { city: 'x\r\nHost: evil' }, '/cities/x%0D%0AHost%3A%20evil'],
    ['/cities/{city}', { city: '@evil.example' }, '/cities/%40evil.example'],
    ['/cities/{city}', { city: '\\\\evil.example' }, '/cities/%5C%5Cevil.example'],
    ['/cities/{city}', { city: '?admin=1#x' }, '/cities/%3Fadmin%3D1%23x'],
    ['/a-{x}.{y}', { x: 1, y: true }, '/a-1.true'],
    ['/s?q={q}&page={page}&all=1', { q: 'a&b=c', page: 2 }, '/s?q=a%26b%3Dc&page=2&all=1'],
    ['/s?q={q}&page={page}', { page: 0 }, '/s?page=0'],
    ['/s?q={q}', {}, '/s'],
    ['?q={q}', { q: '' }, '/?q='],
    ['', {}, '/'],
  ])('%s is filled in by %j, and stays on its server [TOL-10]', (path, given, expected) => {
    const url = expand(`${ORIGIN}${path}`, given);
    expect(url).toBe(`${ORIGIN}${expected}`);
    // What connects reads it by the URL standard: nothing must come out that was not put in.
    expect(new URL(url).origin).toBe(ORIGIN);
    expect(new URL(url).pathname + new URL(url).search).toBe(expected);
  });

  it.each([
    ['/cities/{city}', { city: '..' }, 'another path'],
    ['/cities/{city}', { city: '.' }, 'another path'],
    ['/cities/{a}{b}', { a: '.', b: '.' }, 'another path'],
    ['/cities/.{a}', { a: '.' }, 'another path'],
    ['/cities/%2E{a}', { a: '.' }, 'another path'],
    ['/cities/{city}', { city: '' }, 'must not be empty'],
    ['/cities/{city}', {}, 'must not be empty'],
    ['/cities/{city}', { city: null }, 'must be text, a number'],
    ['/cities/{city}', { city: ['a'] }, 'must be text, a number'],
    ['/cities/{city}', { city: { a: 1 } }, 'must be text, a number'],
    ['/cities/{city}', { city: '\ud800' }, 'must be text, a number'],
    ['/cities/{city}', { city: 'x'.repeat(9000) }, 'too long'],
    ['/cities/{toString}', { city: 'x' }, 'must not be empty'],
  ])('%s is not filled in by %j [TOL-10]', (path, given, says) => {
    expect(() => expand(`${ORIGIN}${path}`, given as JsonObject)).toThrow(
      expect.objectContaining({ code: 'invalid_arguments', message: expect.stringContaining(says) as string }),
    );
  });

  it('does not swell without end [TOL-10]', () => {
    const path = Array.from({ length: 1000 }, () => '/{a}').join('');
    expect(() => expand(`${ORIGIN}${path}`, { a: 'x'.repeat(8000) })).toThrow('too long');
  });

  it.each([
    '{scheme}://api.example.com/',
    'https://{host}/',
    'https://api.{domain}/x',
    'https://api.example.com:{port}/',
    'https://api.example.com{path}',
    'https://{user}@api.example.com/',
    'https://user:secret@api.example.com/',
    'https:{x}//api.example.com/',
    'https://api.example.com\\{x}/',
    'https://api.example.com\\@evil.example/',
    'https://api.example.com/#{x}',
    'https://api.example.com/#x',
    'https://api.example.com/{}',
    'https://api.example.com/{a b}',
    'https://api.example.com/{{a}}',
    'https://api.example.com/{a',
    'https://api.example.com/a}',
    'https://api.example.com/a/../b',
    'https://api.example.com/a/%2e%2E/b',
    'https://api.example.com/ü',
    'https://api.example.com/a b',
    'https://api.example.com/\r\nx',
    'ftp://api.example.com/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'api.example.com/',
    '/cities',
    '',
    'https://',
    'https:///x',
    'https://:80/',
    'https://api..example.com/',
  ])('may not be %j [TOL-10]', (text) => {
    expect(UrlTemplate.parse(text)).toEqual(expect.stringMatching(/^(?:must|has|is|holds) .+\.$/));
  });

  it('tells where it goes before anything is known [TOL-10]', () => {
    expect(template('https://api.example.com:8443/{a}?b={b}').home).toBe('https://api.example.com:8443/');
    expect(template('https://api.example.com:8443/{a}?b={b}').names).toEqual(['a', 'b']);
  });
});
