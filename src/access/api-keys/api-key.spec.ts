import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateApiKey, matchesHash, parseApiKey } from './api-key.js';

// Made by Python's zlib and base64 from the bytes 0 to 27, so that the format is held by something other than itself.
const VECTOR = 'ak_0123456789ab_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaG7Q2vqA';

describe('an API key', () => {
  it('has the documented form, and its own id [KEY-1]', () => {
    const key = generateApiKey();
    expect(key.token).toMatch(/^ak_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$/);
    expect(key.token.startsWith(`${key.keyId}_`)).toBe(true);
    expect(parseApiKey(key.token)).toEqual({ keyId: key.keyId, hash: key.hash });
  });

  it('agrees with a key made elsewhere [KEY-1]', () => {
    expect(parseApiKey(VECTOR)?.keyId).toBe('ak_0123456789ab');
  });

  it('is split at the first two underscores, however many its secret holds [KEY-1]', () => {
    const tokens = Array.from({ length: 300 }, () => generateApiKey());
    const withMore = tokens.filter(({ token }) => token.split('_').length > 3);
    expect(withMore.length).toBeGreaterThan(0);
    for (const { token, keyId } of withMore) expect(parseApiKey(token)?.keyId).toBe(keyId);
  });

  it('is refused after the change of any one character [KEY-1]', () => {
    const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const { token } = generateApiKey();
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom(...characters.split('')), (at, character) => {
        fc.pre(token[at] !== character);
        expect(parseApiKey(`${token.slice(0, at)}${character}${token.slice(at + 1)}`)).toBeUndefined();
      }),
    );
  });

  it.each([
    '',
    'ak_',
    'ak_0123456789ab',
    'ak_0123456789ab_',
    `${VECTOR} `,
    ` ${VECTOR}`,
    `${VECTOR}=`,
    VECTOR.toUpperCase(),
  ])('is not %j [KEY-1]', (text) => expect(parseApiKey(text)).toBeUndefined());

  it('is not any text that only looks like one [KEY-1]', () => {
    const looksRight = fc.stringMatching(/^ak_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$/);
    fc.assert(
      fc.property(looksRight, (text) => {
        expect(parseApiKey(text)).toBeUndefined();
      }),
    );
  });

  it('matches its own hash only, and nothing where none is stored [KEY-5]', () => {
    const [one, other] = [generateApiKey(), generateApiKey()];
    expect(matchesHash(one.hash, one.hash)).toBe(true);
    expect(matchesHash(one.hash, other.hash)).toBe(false);
    expect(matchesHash(one.hash, undefined)).toBe(false);
    expect(matchesHash(Buffer.alloc(32), undefined)).toBe(false);
  });
});
