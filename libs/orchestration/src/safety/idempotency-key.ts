import { type JsonObject, publicId } from '#libs/kernel';
import { argumentsHash } from './arguments-hash.js';

/** Hexadecimal digits of the hash: 64 bits tell the calls of one task apart. */
const HASH_LENGTH = 16;

/**
 * By which others recognise that they have seen a call before: the same for every attempt, recovery and repetition of a
 * task with the same arguments, another one once the task calls something else. It names the task, so that whoever finds
 * it in the records of another system finds the call here.
 */
export function idempotencyKey(taskId: string, tool: string, given: JsonObject): string {
  const hash = argumentsHash({ tool, arguments: given, checkCommand: null });
  return `av-${publicId('task', taskId)}-${hash.slice(0, HASH_LENGTH)}`;
}
