/**
 * A process that runs the Python of one request in Pyodide and ends. It stands alone, without imports from the
 * project, like javascript.ts. It is no boundary: code reaches everything here through the modules `js` and
 * `pyodide_js`. The boundary is the jail around this process, and the permission model of Node behind it.
 */
import { constants, readFileSync, writeSync } from 'node:fs';
import { type PyodideInterface, loadPyodide } from 'pyodide';

interface Request {
  readonly code: string;
  readonly input: unknown;
  readonly files: unknown;
  readonly outputBytes: number;
}

type Run = (code: string, variables: string) => Promise<string>;
type StreamName = 'stdout' | 'stderr';

/** What is printed goes out in pieces, since a line alone costs a system call. */
const PIECE_BYTES = 16 * 1024;
/** Milliseconds after which a smaller piece goes out as well: when the run is stopped, what is held back is lost. */
const PIECE_MS = 100;

const PAUSE = new Int32Array(new SharedArrayBuffer(4));

function send(line: string): void {
  const bytes = Buffer.from(line);
  for (let sent = 0; sent < bytes.length;) sent += write(bytes, sent);
}

/** Bytes that the pipe took; it may be full for a while, and then waits for its reader. */
function write(bytes: Buffer, from: number): number {
  try {
    return writeSync(1, bytes, from);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
    Atomics.wait(PAUSE, 0, 0, 1);
    return 0;
  }
}

/** Ends the run: nothing comes after the answer. */
function answer(kind: 'value' | 'failed', json: string): never {
  for (const stream of Object.values(streams)) stream.flush();
  // On a line of its own, whatever stands in the pipe before it.
  send(`\n["${kind}",${json}]\n`);
  process.exit(0);
}

function fail(code: 'code_failed' | 'sandbox_output' | 'sandbox_died', message: string): never {
  answer('failed', JSON.stringify({ code, message }));
}

/** Python hands out its own errors as outcomes: what comes here broke the interpreter. */
function failByError(error: unknown): never {
  // The stack of V8 ends before Python notices where the interpreter calls itself, e.g. for repr() of deep lists.
  if (error instanceof RangeError) fail('code_failed', 'RecursionError: the code nests too deeply: the stack is full.');
  fail('sandbox_died', 'The Python interpreter broke down.');
}

/** One of the two streams that the code prints to. */
class Stream {
  private held: Buffer[] = [];
  private heldBytes = 0;
  private total = 0;
  private sentAt = 0;
  private readonly decoder = new TextDecoder();
  private readonly name: StreamName;
  limit = Infinity;

  constructor(name: StreamName) {
    this.name = name;
  }

  write(bytes: Uint8Array): number {
    this.total += bytes.length;
    if (this.total > this.limit) {
      fail('sandbox_output', `The code wrote more than ${this.limit} bytes to ${this.name}.`);
    }
    this.held.push(Buffer.from(bytes));
    this.heldBytes += bytes.length;
    if (this.heldBytes >= PIECE_BYTES || Date.now() - this.sentAt >= PIECE_MS) this.flush();
    return bytes.length;
  }

  flush(): void {
    const text = this.decoder.decode(Buffer.concat(this.held), { stream: true });
    this.held = [];
    this.heldBytes = 0;
    this.sentAt = Date.now();
    if (text !== '') send(`${JSON.stringify([this.name, text])}\n`);
  }
}

const streams = { stdout: new Stream('stdout'), stderr: new Stream('stderr') };

async function load(): Promise<Run> {
  // Pyodide asks for the constants of the file system in a way that the permission model refuses, whatever they are.
  Object.defineProperty(process, 'binding', { value: () => ({ fs: constants }) });
  const pyodide: PyodideInterface = await loadPyodide({ env: { HOME: '/home/pyodide' } });
  pyodide.setStdin({ stdin: () => null });
  pyodide.setStdout({ write: (bytes) => streams.stdout.write(bytes) });
  pyodide.setStderr({ write: (bytes) => streams.stderr.write(bytes) });
  const runner = readFileSync(new URL('./python_runner.py', import.meta.url), 'utf8');
  return pyodide.runPython(runner) as Run;
}

const run = await load();
send('["ready"]\n');
// Pyodide makes standard input a pipe that does not wait, so it cannot be read at once.
const request = JSON.parse(Buffer.concat((await process.stdin.toArray()) as Buffer[]).toString()) as Request;
streams.stdout.limit = request.outputBytes;
streams.stderr.limit = request.outputBytes;
process.once('beforeExit', () => fail('code_failed', 'The code waits for something that never happens.'));
process.once('uncaughtException', failByError);
try {
  const { code, input, files } = request;
  const outcome = JSON.parse(await run(code, JSON.stringify({ input, files }))) as {
    value?: unknown;
    failed?: unknown;
  };
  if (outcome.failed !== undefined) answer('failed', JSON.stringify(outcome.failed));
  const json = JSON.stringify(outcome.value);
  if (Buffer.byteLength(json) > request.outputBytes) {
    fail('sandbox_output', `The value has more than ${request.outputBytes} bytes as JSON.`);
  }
  answer('value', json);
} catch (error) {
  failByError(error);
}
