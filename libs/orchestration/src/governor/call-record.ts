import { type JsonObject, type JsonValue, isJsonObject } from '#libs/kernel';

/** Arguments beyond this many bytes are recorded by their size only: the plan and the results hold them already. */
const MAX_RECORDED_BYTES = 4_096;
const SECRET_NAME = /pass(word|wd|phrase)?$|secret|token|api[-_]?key|authorization|cookie|credential|private[-_]?key/i;
const MASK = '***';

/** What a journal keeps of a call: the arguments that were really used, secrets masked, how long it took, what came out. */
export function callRecord(tool: string, given: JsonObject, milliseconds: number, outputBytes: number): JsonObject {
  const bytes = Buffer.byteLength(JSON.stringify(given));
  return {
    tool,
    arguments: bytes <= MAX_RECORDED_BYTES ? maskSecrets(given) : { $omitted_bytes: bytes },
    duration_ms: milliseconds,
    output_bytes: outputBytes,
  };
}

/** A copy in which the values of fields that are named like secrets are hidden. */
function maskSecrets(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(maskSecrets);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, SECRET_NAME.test(key) ? MASK : maskSecrets(child)]),
  );
}
