import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BubblewrapJail } from '../jail/bubblewrap-jail.js';
import type { Jail } from '../jail/jail.js';
import { LocalProvider } from '../local/local-provider.js';
import { type RunLimits, SandboxFailure, type SandboxResult } from '../sandbox.port.js';

export interface CommandExtras {
  readonly limits?: Partial<RunLimits>;
  readonly signal?: AbortSignal;
  readonly fairnessKey?: string;
}

/** A local provider with a folder to work on, and short ways to use both. Close it at the end. */
export class CommandBench {
  private constructor(
    readonly provider: LocalProvider,
    /** All that the bench has on the disk. */
    readonly root: string,
    /** What commands work on. */
    readonly folder: string,
  ) {}

  /** With bubblewrap, or with the jail that is made for a folder. */
  static async open(
    jail: (folder: string) => Jail = (folder) => new BubblewrapJail(folder),
    slots?: number,
  ): Promise<CommandBench> {
    const root = await mkdtemp(join(await realpath(tmpdir()), 'av-command-'));
    const folder = join(root, 'folder');
    await mkdir(folder);
    return new CommandBench(
      new LocalProvider([jail(join(root, 'jail'))], join(root, 'temporary'), slots),
      root,
      folder,
    );
  }

  run(argv: readonly string[], extras: CommandExtras = {}): Promise<SandboxResult> {
    const { signal = new AbortController().signal, ...rest } = extras;
    return this.provider.run({ work: { kind: 'command', argv, folder: this.folder }, signal, ...rest });
  }

  sh(script: string, extras?: CommandExtras): Promise<SandboxResult> {
    return this.run(['sh', '-c', script], extras);
  }

  /** The failure of a run that has to fail. */
  async failure(script: string, extras?: CommandExtras): Promise<SandboxFailure> {
    const outcome = await this.sh(script, extras).catch((error: unknown) => error);
    if (outcome instanceof SandboxFailure) return outcome;
    throw new Error(`it should have failed, but gave ${JSON.stringify(outcome)}`);
  }

  async close(): Promise<void> {
    await this.provider.close();
    await rm(this.root, { recursive: true, force: true });
  }
}

const probe = await CommandBench.open();
const health = await probe.provider.health();
await probe.close();

/** Why commands cannot run in a jail on this machine; empty where they can. */
export const NO_JAIL = health.ok ? '' : ` (skipped: ${health.detail})`;
