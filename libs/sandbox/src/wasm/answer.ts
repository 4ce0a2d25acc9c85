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
 * said by honest means, so nothing is won; every line is read as if a stranger had sent it, and within limits.
 */
export interface Answer {
  readonly stdout: string;
  readonly stderr: string;
  readonly value: JsonValue;
}

/** A character takes at most six bytes in a line (`\u0000`); there are two streams and a value. */
const BYTES_PER_BYTE = 6 * 3;
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

/** Reads all that a child wrote after it was ready. Throws a SandboxFailure where that is no value. */
export function readAnswer(wire: Buffer, outputBytes: number): Answer {
  const printed = new Printed(outputBytes);
  for (const [kind, content] of linesOf(wire)) {
    if (kind === 'stdout' || kind === 'stderr') printed.add(kind, content);
    if (kind === 'failed') throw failureOf(content, printed.texts());
    if (kind === 'value') return { ...printed.texts(), value: valueOf(content, outputBytes, printed.texts()) };
  }
  throw new SandboxFailure('sandbox_died', 'The sandbox ended without an answer.', printed.texts());
}

/** What the code of a run that was stopped had printed until then, as far as it arrived. */
export function readPrinted(wire: string, outputBytes: number): Texts {
  const printed = new Printed(outputBytes);
  for (const [kind, content] of linesOf(Buffer.from(wire))) {
    if ((kind === 'stdout' || kind === 'stderr') && printed.hasRoom(kind, content)) printed.add(kind, content);
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

  hasRoom(name: StreamName, content: unknown): boolean {
    return typeof content !== 'string' || this.bytes[name] + Buffer.byteLength(content) <= this.limit;
  }

  add(name: StreamName, content: unknown): void {
    if (typeof content !== 'string') return;
    if (!this.hasRoom(name, content)) {
      throw new SandboxFailure(
        'sandbox_output',
        `The code wrote more than ${this.limit} bytes to ${name}.`,
        this.texts(),
      );
    }
    this.bytes[name] += Buffer.byteLength(content);
    this.pieces[name].push(content);
  }

  texts(): Texts {
    return { stdout: this.pieces.stdout.join(''), stderr: this.pieces.stderr.join('') };
  }
}

/** The lines of an honest child; what is not one of them is left out. */
function* linesOf(wire: Buffer): Generator<readonly unknown[]> {
  for (let from = 0; from < wire.length;) {
    const end = wire.indexOf('\n', from);
    if (end === -1) return;
    const line = parse(wire.toString('utf8', from, end));
    from = end + 1;
    if (Array.isArray(line)) yield line as readonly unknown[];
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function valueOf(content: unknown, outputBytes: number, output: JsonObject): JsonValue {
  const value = (content ?? null) as JsonValue;
  const reason = checkValue(value);
  if (reason !== undefined) {
    throw new SandboxFailure('code_failed', `The value of the last expression ${reason}`, output);
  }
  if (Buffer.byteLength(JSON.stringify(value)) > outputBytes) {
    throw new SandboxFailure('sandbox_output', `The value has more than ${outputBytes} bytes as JSON.`, output);
  }
  return value;
}

function failureOf(content: unknown, output: JsonObject): SandboxFailure {
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
