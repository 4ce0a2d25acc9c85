import type { JsonObject, JsonValue } from '#libs/kernel';
import { SandboxFailure, type SandboxFailureCode } from '../sandbox.port.js';
import { checkValue } from './value.js';

/**
 * What a child process writes to its standard output, one JSON array per line:
 *
 *     ["ready"]                    the interpreter is loaded and waits for the request on standard input
 *     ["stdout", text]             the code printed this; any number of times, and the same for "stderr"
 *     ["value", value]             the code came to its end; the last line
 *     ["failed", {code, message, line?, column?}]   it did not; the last line
 *
 * Code that breaks out of an interpreter can write such lines itself. It says about its own run what it could have
 * said by honest means, so nothing is won; every line is read as if a stranger had sent it. What it costs is bounded
 * before it is parsed, since nobody else is served meanwhile.
 */
export interface Answer {
  readonly stdout: string;
  readonly stderr: string;
  readonly value: JsonValue;
}

/** Bytes in a line that a byte of text takes at most (`\u0000`). */
const MAX_ESCAPED = 6;
/** There are two streams and a value. */
const BYTES_PER_BYTE = MAX_ESCAPED * 3;
/** For what stands around the texts: short lines of a few characters each are the worst. */
const SLACK_BYTES = 1024 * 1024;

/** Bytes that a child may write in all, so that each stream and the value can have `outputBytes`. */
export function bytesOnTheWire(outputBytes: number): number {
  return outputBytes * BYTES_PER_BYTE + SLACK_BYTES;
}

/** What a child may say about a run; anything else is for the supervisor to say. */
const CODES: ReadonlySet<unknown> = new Set<SandboxFailureCode>([
  'code_failed',
  'sandbox_memory',
  'sandbox_output',
  'sandbox_timeout',
  'sandbox_died',
]);
const MAX_MESSAGE = 4_000;
/** Children cut their messages off earlier than here. */
const MAX_FAILED_BYTES = 64 * 1024;
/** An honest child collects what is printed into pieces: a few for each second, and for each 16 KiB. */
const MAX_LINES = 10_000;

/** Reads all that a child wrote after it was ready. Throws a SandboxFailure where that is no value. */
export function readAnswer(wire: Buffer, outputBytes: number): Answer {
  const printed = new Printed(outputBytes);
  for (const line of linesOf(wire)) {
    if (line.kind === 'failed') throw failureOf(line, printed.texts());
    if (line.kind === 'value') return { ...printed.texts(), value: valueOf(line, outputBytes, printed.texts()) };
    if (printed.add(line.kind, line.json) === 'full') {
      const message = `The code wrote more than ${outputBytes} bytes to ${line.kind}.`;
      throw new SandboxFailure('sandbox_output', message, printed.texts());
    }
  }
  throw new SandboxFailure('sandbox_died', 'The sandbox ended without an answer.', printed.texts());
}

/** What the code of a run that was stopped had printed until then, as far as it arrived. */
export function readPrinted(wire: string, outputBytes: number): Texts {
  const printed = new Printed(outputBytes);
  for (const { kind, json } of linesOf(Buffer.from(wire))) {
    if (kind === 'stdout' || kind === 'stderr') printed.add(kind, json);
  }
  return printed.texts();
}

type StreamName = 'stdout' | 'stderr';
type Texts = Record<StreamName, string>;

/** What the code printed, within the limit of each stream. */
class Printed {
  private readonly pieces: Record<StreamName, string[]> = { stdout: [], stderr: [] };
  private readonly bytes = { stdout: 0, stderr: 0 };

  constructor(private readonly limit: number) {}

  /** Leaves out what is no text, or for which there is no room. */
  add(name: StreamName, json: Buffer): 'full' | undefined {
    const room = this.limit - this.bytes[name];
    if (json.length > 2 + room * MAX_ESCAPED) return 'full';
    // Else it is no text; and texts alone are read at once however long they are.
    const text = json[0] === QUOTE ? parse(json) : undefined;
    if (typeof text !== 'string') return undefined;
    const bytes = Buffer.byteLength(text);
    if (bytes > room) return 'full';
    this.bytes[name] += bytes;
    this.pieces[name].push(text);
    return undefined;
  }

  texts(): Texts {
    return { stdout: this.pieces.stdout.join(''), stderr: this.pieces.stderr.join('') };
  }
}

type LineKind = StreamName | 'value' | 'failed';

interface Line {
  readonly kind: LineKind;
  /** Unparsed, and of any length. */
  readonly json: Buffer;
}

const KINDS: readonly LineKind[] = ['stdout', 'stderr', 'value', 'failed'];
const STARTS = KINDS.map((kind) => ({ kind, start: Buffer.from(`["${kind}",`) }));
const END = Buffer.from(']');
const QUOTE = '"'.charCodeAt(0);

/** The lines of an honest child; what is not one of them is left out, unparsed. */
function* linesOf(wire: Buffer): Generator<Line> {
  for (let from = 0, lines = 0; lines < MAX_LINES; lines += 1) {
    const end = wire.indexOf('\n', from);
    if (end === -1) return;
    const line = wire.subarray(from, end);
    from = end + 1;
    const known = STARTS.find(({ start }) => line.subarray(0, start.length).equals(start));
    if (known === undefined || !line.subarray(-END.length).equals(END)) continue;
    yield { kind: known.kind, json: line.subarray(known.start.length, -END.length) };
  }
}

/** Undefined where it is no JSON. */
function parse(json: Buffer): unknown {
  try {
    return JSON.parse(json.toString());
  } catch {
    return undefined;
  }
}

function valueOf({ json }: Line, outputBytes: number, output: JsonObject): JsonValue {
  const tooLarge = new SandboxFailure(
    'sandbox_output',
    `The value has more than ${outputBytes} bytes as JSON.`,
    output,
  );
  if (json.length > outputBytes) throw tooLarge;
  const value = parse(json) as JsonValue | undefined;
  if (value === undefined) throw new SandboxFailure('sandbox_died', 'The sandbox ended without an answer.', output);
  const reason = checkValue(value);
  if (reason !== undefined) {
    throw new SandboxFailure('code_failed', `The value of the last expression ${reason}`, output);
  }
  // Numbers may have been written shorter than they are.
  if (Buffer.byteLength(JSON.stringify(value)) > outputBytes) throw tooLarge;
  return value;
}

function failureOf({ json }: Line, output: JsonObject): SandboxFailure {
  const content = json.length > MAX_FAILED_BYTES ? undefined : parse(json);
  const { code, message, line, column } = (typeof content === 'object' && content !== null ? content : {}) as Failed;
  const known = CODES.has(code) ? (code as SandboxFailureCode) : 'sandbox_died';
  const text = typeof message === 'string' ? message.slice(0, MAX_MESSAGE) : 'The sandbox ended without a reason.';
  if (!isPosition(line)) return new SandboxFailure(known, text, output);
  const place = isPosition(column) ? { line, column } : { line };
  const where = isPosition(column) ? `line ${line}, column ${column}` : `line ${line}`;
  return new SandboxFailure(known, `${text} (${where})`, { ...output, message: text, ...place });
}

interface Failed {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly line?: unknown;
  readonly column?: unknown;
}

function isPosition(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}
