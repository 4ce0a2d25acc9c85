import { type JsonObject, type JsonValue, isJsonObject, publicId } from '#libs/kernel';
import type { TaskApproval } from '../ports/goal-store.js';

/** Arguments beyond this many bytes are recorded by their size only: the plan and the results hold them already. */
const MAX_RECORDED_BYTES = 4_096;
const SECRET_NAME = /pass(word|wd|phrase)?$|secret|token|api[-_]?key|authorization|cookie|credential|private[-_]?key/i;
const MASK = '***';

/** What a journal keeps of a call: the arguments that were really used, secrets masked, how long it took, what came out. */
export function callRecord(
  tool: string,
  given: JsonObject,
  milliseconds: number,
  outputBytes: number,
  approval: TaskApproval | null,
): JsonObject {
  const bytes = Buffer.byteLength(JSON.stringify(given));
  return {
    tool,
    arguments: bytes <= MAX_RECORDED_BYTES ? maskSecrets(given) : { $omitted_bytes: bytes },
    duration_ms: milliseconds,
    output_bytes: outputBytes,
    ...(approval && { approval_id: publicId('appr', approval.id), approved_by: approval.by && { ...approval.by } }),
  };
}

/** A copy in which the values of fields that are named like secrets are hidden. */
export function maskSecrets(value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, SECRET_NAME.test(key) ? MASK : maskWithin(child)]),
  );
}

function maskWithin(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(maskWithin);
  return isJsonObject(value) ? maskSecrets(value) : value;
}
