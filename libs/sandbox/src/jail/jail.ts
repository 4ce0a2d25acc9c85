import type { Readable, Writable } from 'node:stream';
import type { ProviderHealth, RunLimits } from '../sandbox.port.js';

/** A file or folder of the host and where a jailed process finds it. Both paths are absolute. */
export interface JailMount {
  readonly source: string;
  readonly target: string;
}

export interface JailSpec {
  /** Program and arguments, with paths as they are inside (`JailMount.target`); no shell reads them. */
  readonly argv: readonly string[];
  readonly readOnly: readonly JailMount[];
  /** What the process may change. Where it runs under a user of its own, these are handed to that user. */
  readonly writable: readonly JailMount[];
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly limits: RunLimits;
}

/** How a process ended: exactly one of both is not null. */
export interface JailExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process tree that runs in a jail. */
export interface JailedProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Process of the host that all of the run descend from. */
  readonly pid: number;
  /** Processes of the tree that belong to the jail itself and are no work of the run. */
  readonly ownProcesses: number;
  /** Settles when nothing of the tree is left, whether it ended or was killed. Never rejects. */
  readonly exited: Promise<JailExit>;
  /** Ends all of the tree at once (SIGKILL). May be called at any time and any number of times. */
  kill(): void;
}

/** Something that runs a process apart from the rest of the machine. */
export interface Jail {
  readonly name: string;
  /** Whether it is strong enough for programs that users choose. One that is not may hold our own interpreters. */
  readonly forCommands: boolean;
  /** Whether it works on this machine: found out by doing, and remembered for a while. */
  health(): Promise<ProviderHealth>;
  /** Starts a process. Rejects with a SandboxFailure where the jail could not be built. */
  start(spec: JailSpec): Promise<JailedProcess>;
}
