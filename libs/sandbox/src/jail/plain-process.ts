import { readFileSync, readdirSync } from 'node:fs';
import { constants } from 'node:os';
import type { JailExit } from './jail.js';
import { LaunchedProcess, killQuietly } from './launched-process.js';

/** A variable that all processes of a run inherit, by which those are found that have left their parents and group. */
export const MARK = 'AGENT_VILLAGE_RUN';

/** Looks for processes with the mark: one that starts others while it is being ended may need several. */
const ROUNDS = 20;
/** Milliseconds for which what was written may still be read, once the child is gone. */
const LEFT_OPEN_MS = 1000;

/** The process tree of a plain child. It is ended by its group, and by the mark where /proc shows it. */
export class PlainProcess extends LaunchedProcess {
  readonly ownProcesses = 0;

  constructor(
    command: readonly string[],
    env: Readonly<Record<string, string>>,
    cwd: string,
    private readonly mark: string,
  ) {
    super({ command, env, cwd });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  protected killAll(): void {
    this.killGroup();
    for (let round = 0; round < ROUNDS; round += 1) {
      const rest = processesWith(`${MARK}=${this.mark}`);
      if (rest.length === 0) return;
      rest.forEach(killQuietly);
    }
  }

  protected lastProcess(): undefined {
    return undefined;
  }

  /** As shells say it: nothing stands between the child and the command. */
  protected async meaningOf({ code, signal }: JailExit): Promise<JailExit> {
    setTimeout(() => this.letGo(), LEFT_OPEN_MS).unref();
    return signal === null ? { code, signal } : { code: 128 + constants.signals[signal], signal: null };
  }

  /** One that has put off the mark may have got away with the pipes in its hands: nobody must wait for it. */
  private letGo(): void {
    for (const pipe of [this.child.stdout, this.child.stderr]) if (pipe?.readableEnded === false) pipe.destroy();
  }
}

function processesWith(variable: string): number[] {
  return numbersIn('/proc').filter((pid) => environmentOf(pid).includes(variable));
}

function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
  } catch {
    return [];
  }
}

function numbersIn(folder: string): number[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}
