import { createHash } from 'node:crypto';
import { type JsonValue, isJsonObject } from '#libs/kernel';
import type { Approvable } from '../ports/passage.js';

/**
 * SHA-256, in hexadecimal, of a call: an approval is worth something for exactly these arguments. The order of an
 * object's keys makes no difference.
 */
export function argumentsHash({ tool, arguments: given, checkCommand }: Approvable): string {
  const text = canonical([tool, given, checkCommand === null ? null : [...checkCommand]]);
  return createHash('sha256').update(text).digest('hex');
}

function canonical(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const keys = Object.keys(value).toSorted();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key] ?? null)}`).join(',')}}`;
}
