import { type JsonObject, publicId } from '#libs/kernel';
import type { TaskApproval } from '../ports/goal.js';
import { maskSecrets } from './mask.js';

/** Arguments beyond this many bytes are recorded by their size only: the plan and the results hold them already. */
const MAX_RECORDED_BYTES = 4_096;

/** A call as it was made. */
interface Call {
  readonly tool: string;
  readonly given: JsonObject;
  readonly idempotencyKey: string | null;
}

interface EndedCall extends Call {
  readonly outputBytes: number;
  readonly approval: TaskApproval | null;
}

/** What a journal keeps of a call before it is made: the arguments that will really be used, secrets masked. */
export function intentRecord({ tool, given, idempotencyKey }: Call): JsonObject {
  const bytes = Buffer.byteLength(JSON.stringify(given));
  return {
    tool,
    arguments: bytes <= MAX_RECORDED_BYTES ? maskSecrets(given) : { $omitted_bytes: bytes },
    ...(idempotencyKey !== null && { idempotency_key: idempotencyKey }),
  };
}

/** What it keeps of a call that has ended: also how long it took, where that is known, and what came out. */
export function callRecord(call: EndedCall, milliseconds: number | null): JsonObject {
  const { outputBytes, approval } = call;
  return {
    ...intentRecord(call),
    ...(milliseconds !== null && { duration_ms: milliseconds }),
    output_bytes: outputBytes,
    ...(approval && { approval_id: publicId('appr', approval.id), approved_by: approval.by && { ...approval.by } }),
  };
}
