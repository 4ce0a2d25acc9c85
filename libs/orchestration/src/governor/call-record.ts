import { type JsonObject, publicId } from '#libs/kernel';
import type { TaskApproval } from '../ports/goal-store.js';
import { maskSecrets } from './mask.js';

/** Arguments beyond this many bytes are recorded by their size only: the plan and the results hold them already. */
const MAX_RECORDED_BYTES = 4_096;

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
