import { type Argon2Parameters, argon2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

// The second of the equivalent settings of OWASP's password storage cheat sheet: 19 MiB, two passes, one lane.
const COST = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const;

const derive = promisify<'argon2id', Argon2Parameters, Buffer>(argon2);

/**
 * Hashes a password with argon2id into the PHC string format (`$argon2id$v=19$m=…,t=…,p=…$salt$hash`, unpadded
 * base64), which carries what is needed to verify it, also after the cost has been raised. The text is normalised
 * first (NFC), so that it does not depend on the keyboard.
 */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(16);
  const hash = await derive('argon2id', { message: password.normalize('NFC'), nonce, ...COST });
  const cost = `m=${COST.memory},t=${COST.passes},p=${COST.parallelism}`;
  return `$argon2id$v=19$${cost}$${unpadded(nonce)}$${unpadded(hash)}`;
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}
