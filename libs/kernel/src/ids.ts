import { randomBytes } from 'node:crypto';

/**
 * Identifiers. Inside the program and in the database an id is a UUIDv7 (RFC 9562, section 5.7): it sorts by
 * creation time, so that primary keys stay local. On the wire it is a prefix and 26 characters of lower-case
 * Crockford base32 (`goal_01jc…`), so that a reader sees what it names and no other spelling exists.
 */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** What an id may name. Fixed: the prefix is part of what users store. */
export type IdPrefix = 'goal' | 'task' | 'appr' | 'evt' | 'usr' | 'ten' | 'file' | 'art' | 'mem' | 'wrk' | 'key';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
// 26 characters hold 130 bits; the first one carries only three, so it is at most 7.
const PUBLIC = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;

let lastMillisecond = 0;
let sequence = 0;
// Random bytes are taken in blocks: one system call for 512 ids instead of one for each.
let pool = Buffer.alloc(0);
let poolOffset = 0;

function randomSlice(): Buffer {
  if (poolOffset + 8 > pool.length) {
    pool = randomBytes(4096);
    poolOffset = 0;
  }
  poolOffset += 8;
  return pool.subarray(poolOffset - 8, poolOffset);
}

/**
 * A new UUIDv7 in its text form. Ids made by one process ascend strictly, also within a millisecond
 * (12 bits of counter, RFC 9562 section 6.2 method 1). The time in it is a hint for ordering, never a fact:
 * times that matter come from the database.
 */
export function newId(now: number = Date.now()): string {
  if (now > lastMillisecond) {
    lastMillisecond = now;
    sequence = randomSlice().readUInt16BE(0) & 0x7ff;
  } else if (++sequence > 0xfff) {
    lastMillisecond++;
    sequence = 0;
  }
  const time = lastMillisecond.toString(16).padStart(12, '0');
  const low = randomSlice();
  low[0] = (low[0]! & 0x3f) | 0x80;
  const tail = low.toString('hex');
  const counter = sequence.toString(16).padStart(3, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter}-${tail.slice(0, 4)}-${tail.slice(4)}`;
}

/** Whether the text is a UUID in lower-case canonical form. Checked before an id is put into SQL text. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** The public form of a UUID. Throws a RangeError when `uuid` is not one: that is a defect of the caller. */
export function publicId(prefix: IdPrefix, uuid: string): string {
  if (!isUuid(uuid)) throw new RangeError(`not a UUID: ${uuid}`);
  const hex = uuid.replaceAll('-', '');
  // A byte goes in, and five bits at a time come out: never more than twelve are held, so that integers stay small.
  let bits = 0;
  let held = 2; // two leading zero bits make 130
  let out = '';
  for (let i = 0; i < 32; i += 2) {
    bits = (bits << 8) | Number.parseInt(hex.slice(i, i + 2), 16);
    held += 8;
    while (held >= 5) {
      held -= 5;
      out += ALPHABET[(bits >>> held) & 31];
      bits &= (1 << held) - 1;
    }
  }
  return `${prefix}_${out}`;
}

/** The UUID behind a public id, or undefined for any other text: a wrong prefix, upper case, a wrong length. */
export function parsePublicId(prefix: IdPrefix, text: string): string | undefined {
  if (!text.startsWith(`${prefix}_`)) return undefined;
  const body = text.slice(prefix.length + 1);
  if (!PUBLIC.test(body)) return undefined;
  let bits = 0;
  let held = -2;
  let hex = '';
  for (const character of body) {
    bits = (bits << 5) | ALPHABET.indexOf(character);
    held += 5;
    if (held >= 8) {
      held -= 8;
      hex += ((bits >>> held) & 255).toString(16).padStart(2, '0');
      bits &= (1 << held) - 1;
    }
  }
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
