import { once } from 'node:events';
import type { Jail, JailExit, JailSpec, JailedProcess } from '../jail/jail.js';
import { LaunchedProcess, cannotStart } from '../jail/launched-process.js';
import type { ProviderHealth } from '../sandbox.port.js';

/**
 * A process of its own and nothing more, for an interpreter that is a boundary itself. It starts with an empty
 * environment and none of our open files, and leads a group of its own. Paths in it are those of the host.
 */
export class BareProcess implements Jail {
  readonly name = 'none';
  readonly forCommands = false;

  health(): Promise<ProviderHealth> {
    return Promise.resolve({ ok: true, detail: 'A process of its own, without a jail.', remedy: null });
  }

  start(spec: JailSpec): Promise<JailedProcess> {
    return Launched.start(spec);
  }
}

class Launched extends LaunchedProcess {
  readonly ownProcesses = 0;

  static async start({ argv, env, cwd }: JailSpec): Promise<Launched> {
    const launched = new Launched({ command: argv, env, cwd });
    try {
      await once(launched.child, 'spawn');
    } catch (error) {
      throw cannotStart(error);
    }
    return launched;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  protected killAll(): void {
    this.killGroup();
  }

  protected lastProcess(): undefined {
    return undefined;
  }

  protected meaningOf(exit: JailExit): Promise<JailExit> {
    return Promise.resolve(exit);
  }
}
