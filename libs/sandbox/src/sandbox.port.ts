import type { JsonObject, JsonValue } from '#libs/kernel';

/** Limits of one run (SBX-2). */
export interface RunLimits {
  /** Milliseconds from the start to the end. */
  readonly wallMs: number;
  /** Resident memory in bytes, of all processes of the run together, above what the bare interpreter takes. */
  readonly memoryBytes: number;
  /** Bytes of standard output and of standard error, each; a value counts as output, too. */
  readonly outputBytes: number;
  /** Processes and threads at the same time. */
  readonly processes: number;
  /** Bytes that the files of a run may take, all together. */
  readonly diskBytes: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_LIMITS: RunLimits = {
  wallMs: 30_000,
  memoryBytes: 256 * MIB,
  outputBytes: MIB,
  processes: 64,
  diskBytes: 512 * MIB,
};

/** Code that gets a value and some texts, and gives a value: no network, no files of the host. */
export interface CodeWork {
  readonly kind: 'javascript' | 'python';
  readonly code: string;
  /** The variable `input` in the code. */
  readonly input: JsonValue;
  /** The variable `files` in the code: texts by their path in the workspace. */
  readonly files: Readonly<Record<string, string>>;
}

/** A command that works on a folder. */
export interface CommandWork {
  readonly kind: 'command';
  /** Program and arguments; no shell reads them. */
  readonly argv: readonly string[];
  /** Folder of the host that the command sees as its working directory and may change. */
  readonly folder: string;
}

export type SandboxWork = CodeWork | CommandWork;
export type WorkKind = SandboxWork['kind'];

export interface SandboxRequest<Work extends SandboxWork = SandboxWork> {
  readonly work: Work;
  /** Aborted to stop the run: it is over, with all of its processes, soon after. */
  readonly signal: AbortSignal;
  readonly limits?: Partial<RunLimits>;
  /** Who the run is for, e.g. a tenant: one who runs much waits for others who run little. All without one count as one. */
  readonly fairnessKey?: string;
  /** Work of a moment. It does not wait behind other work, and is stopped after MAX_SHORT_MS. */
  readonly short?: boolean;
}

/** Milliseconds that code runs at the most, whatever its limits say: as long as it runs, somebody else may have to wait. */
export const MAX_CODE_MS = 120_000;
/** The same for work that is said to be short. */
export const MAX_SHORT_MS = 5_000;

/** How a run ended that was not stopped. */
export interface SandboxResult {
  /** Of a command; 0 for code that came to its end. A signal that the program sent itself counts as 128 and its number. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /**
   * The value of the last expression of code. Null for commands, for no value, and for functions of JavaScript, as for
   * all that its JSON makes null or leaves out. What JSON cannot hold otherwise ends the run as `code_failed`.
   */
  readonly value: JsonValue;
}

export interface ProviderHealth {
  readonly ok: boolean;
  /** What was found, for people. */
  readonly detail: string;
  /** What to do where it is not ok, e.g. what to install; null where it is. */
  readonly remedy: string | null;
}

/** A place where code or commands run apart from everything else. All pass the suite in `conformance/`. */
export interface SandboxProvider {
  readonly name: string;
  readonly kinds: readonly WorkKind[];
  /** Whether it can run work of this kind now. May be asked often: what costs time is remembered. */
  health(kind: WorkKind): Promise<ProviderHealth>;
  /** Runs work of one of its kinds. Rejects with a SandboxFailure for everything that can be expected to go wrong. */
  run(request: SandboxRequest): Promise<SandboxResult>;
  /** Ends what is kept warm. Runs that are under way end by their own signals. */
  close(): Promise<void>;
}

export type SandboxFailureCode =
  /** No provider can do this here; the remedy says what to install. */
  | 'sandbox_unavailable'
  /** Stopped: wall time. */
  | 'sandbox_timeout'
  | 'sandbox_memory'
  | 'sandbox_output'
  | 'sandbox_processes'
  | 'sandbox_disk'
  /** The code threw, or could not be read; the message says what and where. */
  | 'code_failed'
  /** The sandbox itself ended without an answer. */
  | 'sandbox_died'
  /** Stopped by the signal. */
  | 'cancelled';

/** A run that came to no result. */
export class SandboxFailure extends Error {
  override readonly name = 'SandboxFailure';
  constructor(
    readonly code: SandboxFailureCode,
    /** For the owner of the code; holds no path of the host. */
    message: string,
    /** What had been written until then, where that helps. */
    readonly output: JsonObject = {},
  ) {
    super(message);
  }
}
