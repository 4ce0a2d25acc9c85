import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

/**
 * An API key is `ak_{12 hex}_{43 base64url}`: the key's id (`ak_` and six random bytes), an underscore, and 32 bytes
 * as unpadded base64url: 28 random ones and the CRC-32 (ISO-HDLC, as in zip; big-endian) of everything before it,
 * that is of the ASCII text `ak_{12 hex}_` followed by the 28 bytes. The checksum lets us, and scanners of leaked
 * secrets, tell a key from a typing mistake without a look-up. The id is what comes before the second underscore;
 * the rest may hold more of them.
 */
const FORMAT = /^(ak_[0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;
const SECRET_BYTES = 28;

/** A token whose form and checksum are right. That says nothing about whether there is such a key. */
export interface ParsedApiKey {
  readonly keyId: string;
  /** SHA-256 of the whole token: the only thing about it that is kept anywhere. */
  readonly hash: Buffer;
}

export interface GeneratedApiKey extends ParsedApiKey {
  /** The whole key. It is shown once and stored nowhere. */
  readonly token: string;
}

/** A new key of 224 random bits. */
export function generateApiKey(): GeneratedApiKey {
  const keyId = `ak_${randomBytes(6).toString('hex')}`;
  const secret = randomBytes(SECRET_BYTES);
  const token = `${keyId}_${Buffer.concat([secret, checksum(keyId, secret)]).toString('base64url')}`;
  return { keyId, token, hash: hashOf(token) };
}

/** Reads a token; undefined when its form or its checksum is wrong. */
export function parseApiKey(token: string): ParsedApiKey | undefined {
  const [, keyId, encoded] = FORMAT.exec(token) ?? [];
  if (keyId === undefined || encoded === undefined) return undefined;
  const bytes = Buffer.from(encoded, 'base64url');
  // The last character carries two bits that mean nothing: only one spelling of a key is the key.
  if (bytes.toString('base64url') !== encoded) return undefined;
  const expected = checksum(keyId, bytes.subarray(0, SECRET_BYTES));
  return expected.equals(bytes.subarray(SECRET_BYTES)) ? { keyId, hash: hashOf(token) } : undefined;
}

/** What an unknown key's hash is compared with, so that unknown and wrong take the same steps. Nothing hashes to it. */
const NOBODY = Buffer.alloc(32);

/** Compares in constant time. Without a stored hash it compares all the same, and is false. */
export function matchesHash(hash: Buffer, stored: Buffer | undefined): boolean {
  const equal = timingSafeEqual(hash, stored ?? NOBODY);
  return equal && stored !== undefined;
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function checksum(keyId: string, secret: Buffer): Buffer {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(secret, crc32(`${keyId}_`)));
  return sum;
}
