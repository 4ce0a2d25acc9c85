import { describe, expect, it } from 'vitest';
import { type Hop, nextHop, redirectOf } from './redirects.js';

const hop: Hop = {
  method: 'GET',
  url: 'https://api.example.com/v1/list?page=1',
  headers: new Map([
    ['accept', 'text/plain'],
    ['authorization', 'secret'],
  ]),
  body: undefined,
};

describe('a redirect', () => {
  it.each([
    ['../v2/', 'https://api.example.com/v2/', true],
    ['?page=2', 'https://api.example.com/v1/list?page=2', true],
    ['https://api.example.com:443/x', 'https://api.example.com/x', true],
    ['https://api.example.com:444/x', 'https://api.example.com:444/x', false],
    ['//example.com/', 'https://example.com/', false],
    ['https://api.example.com.evil.example/', 'https://api.example.com.evil.example/', false],
  ])('to %s leads to %s (with secrets: %s) [SAF-4]', (location, url, keepsSecrets) => {
    const next = nextHop(hop, 302, location);
    expect(next.url).toBe(url);
    expect([...next.headers.keys()]).toEqual(keepsSecrets ? ['accept', 'authorization'] : ['accept']);
  });

  it('from https to http is refused, even on the same host; the other way is fine [SAF-4]', () => {
    expect(() => nextHop(hop, 302, 'http://api.example.com/')).toThrow('from https to http');
    const next = nextHop({ ...hop, url: 'http://api.example.com/' }, 301, 'https://api.example.com/');
    expect([...next.headers.keys()]).toEqual(['accept']);
  });

  it.each([200, 300, 304, 305, 306, 400])('is none with status %i [TOL-2]', (status) => {
    expect(redirectOf(status, '/x')).toBeUndefined();
    expect(redirectOf(302, undefined)).toBeUndefined();
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'of a %s request is not followed to another origin; on the same one, and as GET, it is [SAF-3] [SAF-4]',
    (method) => {
      const given = { ...hop, method, body: 'x' };
      for (const status of [307, 308]) {
        expect(() => nextHop(given, status, 'https://other.example/')).toThrow(
          expect.objectContaining({
            code: 'redirect_refused',
            message: expect.stringContaining('https://other.example'),
          }),
        );
        expect(nextHop(given, status, '/next')).toMatchObject({ method, body: 'x' });
      }
      expect(nextHop(given, 303, 'https://other.example/')).toMatchObject({ method: 'GET', body: undefined });
      expect(nextHop({ ...hop, method: 'HEAD' }, 307, 'https://other.example/').method).toBe('HEAD');
    },
  );
});
