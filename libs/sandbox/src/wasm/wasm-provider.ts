import type { Jail } from '../jail/jail.js';
import {
  type CodeWork,
  DEFAULT_LIMITS,
  MAX_CODE_MS,
  MAX_SHORT_MS,
  type ProviderHealth,
  type RunLimits,
  SandboxFailure,
  type SandboxProvider,
  type SandboxRequest,
  type SandboxResult,
  type WorkKind,
} from '../sandbox.port.js';
import { Slots, slotsOfThisMachine } from '../slots.js';
import { type SupervisedRun, supervise } from '../supervise.js';
import { bytesOnTheWire, readAnswer, readPrinted } from './answer.js';
import { BareProcess } from './bare-process.js';
import { INTERPRETERS, type Interpreter, packageFolder } from './interpreters.js';
import { INTERPRETER_THREADS, type ReadyProcess, startInterpreter } from './ready-process.js';
import { Spare } from './spare.js';

export interface WasmProviderOptions {
  /**
   * The jails to choose from, the best one first. Each must cut off the network and the host's processes: Python has
   * no other boundary. JavaScript runs in one where there is one.
   */
  readonly jails: readonly Jail[];
  /** Runs of each kind at the same time; by default as many as the machine can carry. */
  readonly slots?: number;
  /** Milliseconds for which an interpreter is kept loaded after a run. */
  readonly idleMs?: number;
}

/** Bytes of code, input and files together, as JSON. */
const MAX_REQUEST_BYTES = 32 * 1024 * 1024;
/** What parsing an input takes for a while, for each byte of it: it is no fault of the code. */
const BYTES_PER_REQUEST_BYTE = 8;
const IDLE_MS = 60_000;
/** Short runs of a kind at the same time, beside the others. */
const SHORT_SLOTS = 4;

/** Runs JavaScript and Python in WebAssembly, each run in a process of its own that is used once. */
export class WasmProvider implements SandboxProvider {
  readonly name = 'wasm';
  readonly kinds: readonly WorkKind[] = ['javascript', 'python'];
  private readonly languages: Readonly<Record<CodeWork['kind'], Language>>;

  constructor(options: WasmProviderOptions) {
    this.languages = {
      javascript: new Language(INTERPRETERS.javascript, options),
      python: new Language(INTERPRETERS.python, options),
    };
  }

  health(kind: WorkKind): Promise<ProviderHealth> {
    if (kind !== 'command') return this.languages[kind].health();
    return Promise.resolve({ ok: false, detail: 'WebAssembly runs no commands.', remedy: 'Use another sandbox.' });
  }

  async run({ work, limits, short = false, ...request }: SandboxRequest): Promise<SandboxResult> {
    if (work.kind === 'command') throw new SandboxFailure('sandbox_unavailable', 'WebAssembly runs no commands.');
    const wanted = { ...DEFAULT_LIMITS, ...limits };
    const wallMs = Math.min(wanted.wallMs, short ? MAX_SHORT_MS : MAX_CODE_MS);
    return this.languages[work.kind].run({ ...request, work, short, limits: { ...wanted, wallMs } });
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.languages).map((language) => language.close()));
  }
}

interface CodeRequest extends SandboxRequest<CodeWork> {
  readonly limits: RunLimits;
  readonly short: boolean;
}

class Language {
  private readonly jails: readonly Jail[];
  private readonly slots: Slots;
  private readonly shortSlots = new Slots(SHORT_SLOTS);
  private readonly spare: Spare;

  constructor(
    private readonly interpreter: Interpreter,
    options: WasmProviderOptions,
  ) {
    this.jails = interpreter.isBoundary ? [...options.jails, new BareProcess()] : options.jails;
    this.slots = new Slots(options.slots ?? slotsOfThisMachine());
    this.spare = new Spare((memoryBytes, signal) => this.start(memoryBytes, signal), options.idleMs ?? IDLE_MS);
  }

  async health(): Promise<ProviderHealth> {
    const missing = this.interpreter.packages.filter((name) => packageFolder(name) === undefined);
    if (missing.length > 0) {
      const detail = `The packages of the interpreter are not installed: ${missing.join(', ')}.`;
      return { ok: false, detail, remedy: 'Run `npm ci`.' };
    }
    const found = await this.findJail();
    if ('jail' in found) {
      return { ok: true, detail: `${this.interpreter.name} in WebAssembly; jail: ${found.jail.name}.`, remedy: null };
    }
    const { name } = this.interpreter;
    return { ok: false, detail: `${name} needs a jail, and none works here. ${found.why}`, remedy: found.remedy };
  }

  async run({ work, limits, signal, short, fairnessKey = '' }: CodeRequest): Promise<SandboxResult> {
    const body = Buffer.from(
      JSON.stringify({
        code: work.code,
        input: work.input,
        files: work.files,
        wallMs: limits.wallMs,
        memoryBytes: limits.memoryBytes,
        outputBytes: limits.outputBytes,
      }),
    );
    if (body.length > MAX_REQUEST_BYTES) {
      const message = `Code, input and files have more than ${MAX_REQUEST_BYTES} bytes as JSON. Work on them in parts.`;
      throw new SandboxFailure('code_failed', message);
    }
    const slots = short ? this.shortSlots : this.slots;
    return slots.use(fairnessKey, signal, () => this.runNow(body, limits, signal));
  }

  async close(): Promise<void> {
    await this.spare.close();
  }

  private async runNow(body: Buffer, limits: RunLimits, signal: AbortSignal): Promise<SandboxResult> {
    const { process, baselineBytes } = await this.ready(limits.memoryBytes, signal);
    process.stdin.end(body);
    try {
      const run = await supervise(process, {
        limits: {
          ...limits,
          processes: limits.processes + INTERPRETER_THREADS,
          outputBytes: bytesOnTheWire(limits.outputBytes),
        },
        baselineBytes: baselineBytes + body.length * BYTES_PER_REQUEST_BYTE,
        signal,
      }).catch((error: unknown) => {
        throw error instanceof SandboxFailure ? stopped(error, limits.outputBytes) : error;
      });
      return { exitCode: 0, ...answerOf(run, limits.outputBytes) };
    } finally {
      this.spare.prepare(limits.memoryBytes);
    }
  }

  private async ready(memoryBytes: number, signal: AbortSignal): Promise<ReadyProcess> {
    const spare = await this.spare.take(memoryBytes, signal);
    return spare ?? this.start(memoryBytes, signal);
  }

  private async start(memoryBytes: number, signal: AbortSignal): Promise<ReadyProcess> {
    const found = await this.findJail();
    if ('jail' in found) return startInterpreter(this.interpreter, found.jail, memoryBytes, signal);
    throw new SandboxFailure('sandbox_unavailable', `${found.why} ${found.remedy}`.trim());
  }

  private async findJail(): Promise<{ readonly jail: Jail } | { readonly why: string; readonly remedy: string }> {
    const reasons: string[] = [];
    const remedies: string[] = [];
    for (const jail of this.jails) {
      const { ok, detail, remedy } = await jail.health();
      if (ok) return { jail };
      reasons.push(`${jail.name}: ${detail}`);
      if (remedy !== null) remedies.push(remedy);
    }
    return { why: reasons.join(' '), remedy: [...new Set(remedies)].join(' ') };
  }
}

function answerOf({ exit, stdout, stderr }: SupervisedRun, outputBytes: number): ReturnType<typeof readAnswer> {
  // V8 gives up before the supervisor looks where the memory is its own, not that of WebAssembly.
  if (exit.code !== 0 && stderr.includes('heap out of memory')) {
    const message = 'The code took more memory than it may have. Work on the data in parts.';
    throw new SandboxFailure('sandbox_memory', message, readPrinted(stdout.toString(), outputBytes));
  }
  return readAnswer(stdout, outputBytes);
}

/** The supervisor has seen lines of the protocol; the owner of the code wants to see what it printed. */
function stopped({ code, message, output }: SandboxFailure, outputBytes: number): SandboxFailure {
  const wire = typeof output['stdout'] === 'string' ? output['stdout'] : '';
  const text = code === 'sandbox_output' ? `The code wrote more than ${outputBytes} bytes of output.` : message;
  return new SandboxFailure(code, text, readPrinted(wire, outputBytes));
}
