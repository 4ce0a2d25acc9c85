import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Jail, JailMount, JailSpec } from '../jail/jail.js';
import {
  type CommandWork,
  DEFAULT_LIMITS,
  type ProviderHealth,
  type RunLimits,
  SandboxFailure,
  type SandboxProvider,
  type SandboxRequest,
  type SandboxResult,
} from '../sandbox.port.js';
import { ScratchFolders } from '../scratch-folders.js';
import { Slots, slotsOfThisMachine } from '../slots.js';
import { supervise } from '../supervise.js';

/** Where a command finds the folder that it works on. */
const WORKSPACE = '/workspace';

/** All that a command knows of where it runs. */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: WORKSPACE,
  TMPDIR: '/tmp',
  LANG: 'C.UTF-8',
  USER: 'agent',
  LOGNAME: 'agent',
  TERM: 'dumb',
};

/** Commands in a jail of this machine. */
export class LocalProvider implements SandboxProvider {
  readonly name = 'local';
  readonly kinds = ['command'] as const;

  private readonly slots: Slots;
  private readonly temporary: ScratchFolders;

  /**
   * Of the jails the first healthy one is used. `temporary` is a folder for the temporary files of runs. `slots`: runs
   * at the same time, by default what the machine carries.
   */
  constructor(
    private readonly jails: readonly Jail[],
    temporary: string,
    slots: number = slotsOfThisMachine(),
  ) {
    this.temporary = new ScratchFolders(temporary);
    this.slots = new Slots(slots);
  }

  async health(): Promise<ProviderHealth> {
    const answers: ProviderHealth[] = [];
    for (const jail of this.jails) {
      const health = await jail.health();
      if (health.ok) return health;
      answers.push(health);
    }
    return answers[0] ?? { ok: false, detail: 'No jail is configured.', remedy: null };
  }

  async run({ work, signal, limits, fairnessKey = '' }: SandboxRequest): Promise<SandboxResult> {
    if (work.kind !== 'command') throw new SandboxFailure('sandbox_unavailable', 'This sandbox runs commands only.');
    const runLimits = { ...DEFAULT_LIMITS, ...limits };
    return this.slots.use(fairnessKey, signal, () =>
      this.temporary.with((temporary) => this.runNow(work, temporary, runLimits, signal)),
    );
  }

  private async runNow(
    work: CommandWork,
    temporary: string,
    limits: RunLimits,
    signal: AbortSignal,
  ): Promise<SandboxResult> {
    const jail = await this.healthyJail();
    if (signal.aborted) throw new SandboxFailure('cancelled', 'The run was stopped before it began.');
    const mounts = await temporaryMounts(temporary);
    const process = await jail.start(specOf(work, mounts, limits));
    process.stdin.end();
    const { exit, stdout, stderr } = await supervise(process, {
      limits,
      signal,
      folders: [work.folder, temporary],
    });
    const output = { stdout: stdout.toString(), stderr: stderr.toString() };
    if (exit.code !== null) return { exitCode: exit.code, ...output, value: null };
    throw new SandboxFailure('sandbox_died', 'The sandbox ended before the command did. Try again.', output);
  }

  async close(): Promise<void> {
    // Nothing is kept warm.
  }

  private async healthyJail(): Promise<Jail> {
    for (const jail of this.jails) if ((await jail.health()).ok) return jail;
    const { detail, remedy } = await this.health();
    throw new SandboxFailure('sandbox_unavailable', `${detail} ${remedy ?? ''}`.trim());
  }
}

/** Both are on the disk, where the watch sees what they take: in memory, names of files alone could take all of it. */
async function temporaryMounts(folder: string): Promise<JailMount[]> {
  const mounts = [
    { source: join(folder, 'tmp'), target: '/tmp' },
    { source: join(folder, 'shm'), target: '/dev/shm' },
  ];
  for (const { source } of mounts) await mkdir(source, { mode: 0o700 });
  return mounts;
}

function specOf(work: CommandWork, temporary: readonly JailMount[], limits: RunLimits): JailSpec {
  return {
    argv: work.argv,
    readOnly: [],
    writable: [{ source: work.folder, target: WORKSPACE }, ...temporary],
    env: ENVIRONMENT,
    cwd: WORKSPACE,
    limits,
  };
}
