import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '#libs/kernel';
import { removeFoldersOfTheGone } from './process-folder.js';
import {
  type ProviderHealth,
  SandboxFailure,
  type SandboxProvider,
  type SandboxRequest,
  type SandboxResult,
  type WorkKind,
} from './sandbox.port.js';
import { ScratchFolders } from './scratch-folders.js';

/** What one provider says about one kind of work. */
export interface SandboxHealth extends ProviderHealth {
  readonly name: string;
  readonly kind: WorkKind;
}

/** All sandboxes of this process, in the order in which they are preferred. */
export class Sandboxes {
  private readonly folders: ScratchFolders;

  /**
   * `scratchDir` is where folders of runs are made; by default, where the system has its temporary files. `common` is
   * the folder in which processes have theirs, if they do.
   */
  constructor(
    private readonly providers: readonly SandboxProvider[],
    scratchDir: string = join(tmpdir(), `agent-village-${newId()}`),
    private readonly common?: string,
  ) {
    this.folders = new ScratchFolders(scratchDir);
  }

  /**
   * Runs work on the first provider that is healthy for its kind. Rejects with a SandboxFailure; its code is
   * `sandbox_unavailable` where there is none, and its message says what to do about it.
   */
  async run(request: SandboxRequest): Promise<SandboxResult> {
    const { kind } = request.work;
    const remedies: string[] = [];
    for (const provider of this.providersOf(kind)) {
      const health = await provider.health(kind);
      if (health.ok) return provider.run(request);
      remedies.push(`${provider.name}: ${health.detail} ${health.remedy ?? ''}`.trim());
    }
    const found = remedies.length === 0 ? 'No sandbox of this installation does.' : remedies.join(' ');
    throw new SandboxFailure(
      'sandbox_unavailable',
      `Nothing on this machine can run work of the kind ${kind}. ${found}`,
    );
  }

  /** Makes a folder for a command to work on, for the time of `use`. Nobody else knows of it. */
  async withFolder<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
    return this.folders.with(use);
  }

  /** Removes what processes of this machine have left that are gone, e.g. by a crash. */
  async removeLeftovers(): Promise<void> {
    if (this.common !== undefined) await removeFoldersOfTheGone(this.common);
  }

  async health(): Promise<SandboxHealth[]> {
    const checks = this.providers.flatMap((provider) =>
      provider.kinds.map(async (kind) => ({ name: provider.name, kind, ...(await provider.health(kind)) })),
    );
    return Promise.all(checks);
  }

  async close(): Promise<void> {
    await Promise.all(this.providers.map((provider) => provider.close()));
  }

  private providersOf(kind: WorkKind): SandboxProvider[] {
    return this.providers.filter((provider) => provider.kinds.includes(kind));
  }
}
