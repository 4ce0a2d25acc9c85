/**
 * A process that runs the JavaScript of one request in QuickJS and ends. It stands alone, without imports from the
 * project: it is started from the sources as well as from a build, in a jail where nothing else is mounted. The
 * protocol is described in ../answer.ts.
 */
import { readFileSync, writeSync } from 'node:fs';
import variant from '@jitl/quickjs-wasmfile-release-sync';
import {
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
  newQuickJSWASMModuleFromVariant,
} from 'quickjs-emscripten-core';

interface Request {
  readonly code: string;
  readonly input: unknown;
  readonly files: unknown;
  readonly wallMs: number;
  readonly memoryBytes: number;
  readonly outputBytes: number;
}

interface Failed {
  readonly code: 'code_failed' | 'sandbox_memory' | 'sandbox_output' | 'sandbox_timeout';
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
}

/** What QuickJS may use of the stack of WebAssembly; with more, V8's own stack would overflow first. */
const STACK_BYTES = 256 * 1024;
/** What is printed goes out in pieces, since a line alone costs whoever reads it. */
const PIECE_BYTES = 16 * 1024;
/** Milliseconds after which a smaller piece goes out as well: when the run is ended, what is held back is lost. */
const PIECE_MS = 100;
const MAX_MESSAGE = 4_000;
const FILE_NAME = 'code.js';
/** JS_EVAL_FLAG_ASYNC: a script, so that it has a value, whose top level may `await`. Gives a promise of `{ value }`. */
const SCRIPT_WITH_AWAIT = 1 << 7;
/** Milliseconds by which the interpreter ends itself before it is ended. */
const MARGIN_MS = 50;
const JOBS_AT_ONCE = 1000;
const PLACE = /\bcode\.js:(\d+):(\d+)/;

/** Runs before the code does and keeps the functions of the language that are needed after it. */
const PRELUDE = `(function (write) {
  const { stringify, parse } = JSON;
  const text = String;
  const show = (value) => {
    if (typeof value === 'string') return value;
    try {
      if (value instanceof Error) return text(value);
      const json = typeof value === 'object' ? stringify(value) : undefined;
      return json === undefined ? text(value) : json;
    } catch {
      return '[' + typeof value + ']';
    }
  };
  const printer = (stream) => (...values) => write(stream, stringify(values.map(show).join(' ') + '\\n'));
  const log = printer('stdout');
  const error = printer('stderr');
  globalThis.console = { log, info: log, debug: log, error, warn: error };
  const describe = (thrown) => {
    try {
      if (!(thrown instanceof Error)) return stringify({ message: 'The code threw ' + show(thrown) });
      return stringify({ message: text(thrown).slice(0, ${MAX_MESSAGE}), stack: text(thrown.stack).slice(0, 100000) });
    } catch {
      return stringify({ message: 'The code threw a value that cannot be shown.' });
    }
  };
  return { parse, stringify, describe };
})`;

/** Ends the run: nothing comes after the answer. */
function answer(kind: 'value' | 'failed', json: string): never {
  for (const stream of Object.values(streams)) stream.flush();
  // On a line of its own, whatever stands in the pipe before it.
  send(`\n["${kind}",${json}]\n`);
  process.exit(0);
}

function fail(failed: Failed): never {
  answer('failed', JSON.stringify({ ...failed, message: failed.message.slice(0, MAX_MESSAGE) }));
}

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

/** One of the two streams that the code prints to. */
class Stream {
  private held: string[] = [];
  private heldBytes = 0;
  private total = 0;
  private sentAt = 0;
  private readonly name: 'stdout' | 'stderr';
  limit = Infinity;

  constructor(name: 'stdout' | 'stderr') {
    this.name = name;
  }

  write(text: string): void {
    const bytes = Buffer.byteLength(text);
    this.total += bytes;
    if (this.total > this.limit) {
      fail({ code: 'sandbox_output', message: `The code wrote more than ${this.limit} bytes to ${this.name}.` });
    }
    this.held.push(text);
    this.heldBytes += bytes;
    if (this.heldBytes >= PIECE_BYTES) this.flush();
    else this.flushInTime();
  }

  flushInTime(): void {
    if (this.heldBytes > 0 && Date.now() - this.sentAt >= PIECE_MS) this.flush();
  }

  flush(): void {
    if (this.heldBytes > 0) send(`${JSON.stringify([this.name, this.held.join('')])}\n`);
    this.held = [];
    this.heldBytes = 0;
    this.sentAt = Date.now();
  }
}

const streams = { stdout: new Stream('stdout'), stderr: new Stream('stderr') };

/** QuickJS with what the code finds in it. It is made before there is a request, since that takes longest. */
class Interpreter {
  private readonly context: QuickJSContext;
  private readonly runtime: QuickJSRuntime;
  private readonly parse: QuickJSHandle;
  private readonly stringify: QuickJSHandle;
  private readonly describe: QuickJSHandle;
  private request: Request = { code: '', input: null, files: {}, wallMs: 0, memoryBytes: 0, outputBytes: 0 };
  private deadline = Infinity;

  constructor(context: QuickJSContext) {
    this.context = context;
    this.runtime = context.runtime;
    this.runtime.setMaxStackSize(STACK_BYTES);
    const kept = this.call(this.evaluate(PRELUDE, 'prelude.js', 0), this.writer());
    this.parse = context.getProp(kept, 'parse');
    this.stringify = context.getProp(kept, 'stringify');
    this.describe = context.getProp(kept, 'describe');
  }

  /** The value of the last expression as JSON text. */
  run(request: Request): string {
    this.request = request;
    this.deadline = Date.now() + request.wallMs - Math.min(MARGIN_MS, request.wallMs / 10);
    for (const stream of Object.values(streams)) stream.limit = request.outputBytes;
    this.runtime.setInterruptHandler(() => {
      for (const stream of Object.values(streams)) stream.flushInTime();
      return Date.now() > this.deadline;
    });
    this.runtime.setMemoryLimit(request.memoryBytes);
    for (const name of ['input', 'files'] as const) {
      const json = this.context.newString(JSON.stringify(request[name]));
      this.context.setProp(this.context.global, name, this.call(this.parse, json));
      json.dispose();
    }
    const settled = this.settle(this.evaluate(request.code, FILE_NAME, SCRIPT_WITH_AWAIT));
    return this.json(this.settle(this.context.getProp(settled, 'value')));
  }

  private evaluate(code: string, name: string, flags: number): QuickJSHandle {
    const result = this.context.evalCode(code, name, flags);
    if (result.error) this.failBy(result.error);
    return result.value;
  }

  private json(value: QuickJSHandle): string {
    const result = this.context.callFunction(this.stringify, this.context.undefined, value);
    if (result.error) this.failBy(result.error, 'The value of the last expression cannot be written as JSON: ');
    const isText = this.context.typeof(result.value) === 'string';
    // Like JSON itself does inside of arrays: what it has no word for becomes null.
    const json = isText ? this.context.getString(result.value) : 'null';
    const { outputBytes } = this.request;
    if (Buffer.byteLength(json) <= outputBytes) return json;
    fail({ code: 'sandbox_output', message: `The value has more than ${outputBytes} bytes as JSON.` });
  }

  /** What a promise comes to; any other value as it is. */
  private settle(value: QuickJSHandle): QuickJSHandle {
    this.work();
    const state = this.context.getPromiseState(value);
    if (state.type === 'fulfilled') return state.value;
    if (state.type === 'rejected') this.failBy(state.error);
    fail({
      code: 'code_failed',
      message: 'The code waits for a promise that nothing settles. There are no timers and no network here.',
    });
  }

  private work(): void {
    while (this.runtime.hasPendingJob()) {
      const done = this.runtime.executePendingJobs(JOBS_AT_ONCE);
      if (done.error) this.failBy(done.error);
      if (Date.now() > this.deadline) this.failByTime();
    }
  }

  private writer(): QuickJSHandle {
    return this.context.newFunction('write', (stream, text) => {
      const name = this.context.getString(stream) === 'stderr' ? 'stderr' : 'stdout';
      // As JSON, because a text that crosses over as it is ends at its first NUL.
      streams[name].write(String(JSON.parse(this.context.getString(text))));
    });
  }

  private call(callee: QuickJSHandle, argument: QuickJSHandle): QuickJSHandle {
    const result = this.context.callFunction(callee, this.context.undefined, argument);
    if (result.error) this.failBy(result.error);
    return result.value;
  }

  private failByTime(): never {
    fail({
      code: 'sandbox_timeout',
      message: `The run took longer than ${Math.round(this.request.wallMs / 10) / 100} s and was stopped. Give it less to do, or more time.`,
    });
  }

  private failBy(thrown: QuickJSHandle, introduction = ''): never {
    if (Date.now() > this.deadline) this.failByTime();
    const { message, stack = '' } = this.described(thrown);
    if (message === 'InternalError: out of memory') {
      fail({
        code: 'sandbox_memory',
        message: `The run took more than ${this.request.memoryBytes} bytes of memory and was stopped. Work on the data in parts.`,
      });
    }
    const place = PLACE.exec(stack);
    fail({
      code: 'code_failed',
      message: introduction + message,
      ...(place && { line: Number(place[1]), column: Number(place[2]) }),
    });
  }

  private described(thrown: QuickJSHandle): { message: string; stack?: string } {
    // Describing takes memory, too, and there may be none left.
    this.runtime.setMemoryLimit(-1);
    const result = this.context.callFunction(this.describe, this.context.undefined, thrown);
    if (result.error) return { message: 'The code threw a value that cannot be shown.' };
    return JSON.parse(this.context.getString(result.value)) as { message: string; stack?: string };
  }
}

// A promise, because the package declares its export as CommonJS has it and gives it as a module has it: both fit then.
const quickjs = await newQuickJSWASMModuleFromVariant(Promise.resolve(variant));
const interpreter = new Interpreter(quickjs.newContext());
send('["ready"]\n');
try {
  answer('value', interpreter.run(JSON.parse(readFileSync(0, 'utf8')) as Request));
} catch (error) {
  // V8's own stack ends before that of QuickJS where the interpreter calls itself, e.g. for deeply nested literals.
  if (error instanceof RangeError)
    fail({ code: 'code_failed', message: 'The code nests too deeply: the stack is full.' });
  throw error;
}
