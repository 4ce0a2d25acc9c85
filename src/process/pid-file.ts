import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { prepareDataFolder } from './data-folder.js';
import { isRunning } from './running-process.js';
import { StartError } from './start-error.js';

const PATIENCE_MS = 40_000;
const INTERVAL_MS = 200;

export interface PidFileOptions {
  /** How long an earlier program on the same folder is waited for. */
  readonly patienceMs?: number;
  /** Gives up waiting. */
  readonly signal?: AbortSignal;
  /** Called once when there is somebody to wait for. */
  readonly onWait?: (pid: number) => void;
}

/**
 * `server.pid` in the data folder: it names the program, for signals, and keeps a second one off a folder that is for
 * one alone. It appears whole or not at all; one that a crash left behind is recognised and taken over.
 */
export class PidFile {
  private constructor(readonly path: string) {}

  /**
   * Takes the folder, waiting for an earlier program to end. Throws a StartError when it does not, a
   * SettingError when the folder cannot be used.
   */
  static async acquire(folder: string, options: PidFileOptions = {}): Promise<PidFile> {
    const { patienceMs = PATIENCE_MS, signal, onWait } = options;
    await prepareDataFolder(folder);
    const file = new PidFile(join(folder, 'server.pid'));
    const giveUp = performance.now() + patienceMs;
    for (let told = false; ; await sleep(INTERVAL_MS, undefined, { signal })) {
      if (await file.create()) return file;
      const holder = await file.removeStale();
      if (holder === undefined) continue;
      if (performance.now() > giveUp) throw busy(folder, file.path, holder);
      if (!told) onWait?.(holder);
      told = true;
    }
  }

  /** Takes the folder where nobody has it; undefined where somebody does. Throws a SettingError as `acquire` does. */
  static async acquireIfFree(folder: string): Promise<PidFile | undefined> {
    await prepareDataFolder(folder);
    const file = new PidFile(join(folder, 'server.pid'));
    while (!(await file.create())) if ((await file.removeStale()) !== undefined) return undefined;
    return file;
  }

  /** Gives the folder free; only a file that is ours is removed. Synchronous, so that it can be the very last thing. */
  release(): void {
    try {
      if (readFileSync(this.path, 'utf8').trim() === String(process.pid)) rmSync(this.path);
    } catch {
      // It is gone already, and that is all that is wanted.
    }
  }

  private async create(): Promise<boolean> {
    const whole = `${this.path}.${process.pid}`;
    await writeFile(whole, `${process.pid}\n`, { mode: 0o600 });
    try {
      await link(whole, this.path);
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    } finally {
      await rm(whole, { force: true });
    }
  }

  /** The pid of the program that holds the folder; a file whose program is gone is removed. */
  private async removeStale(): Promise<number | undefined> {
    const pid = await this.read(this.path);
    if (pid === undefined) return undefined;
    if (pid !== process.pid && (await isRunning(pid, await writtenAt(this.path)))) return pid;
    // Moved away before it is removed: if another starter was quicker, what we hold now is its file, and goes back.
    const aside = `${this.path}.stale-${process.pid}`;
    await rename(this.path, aside).catch(ignoreMissing);
    if ((await this.read(aside)) !== pid) await link(aside, this.path).catch(ignoreMissing);
    await rm(aside, { force: true });
    return undefined;
  }

  // A file without a pid names nobody; 0 stands for that, since no process has it.
  private async read(path: string): Promise<number | undefined> {
    const text = await readFile(path, 'utf8').catch(ignoreMissing);
    if (text === undefined) return undefined;
    return /^\d{1,10}$/.test(text.trim()) ? Number(text) : 0;
  }
}

async function writtenAt(path: string): Promise<number> {
  return (await stat(path).catch(ignoreMissing))?.mtimeMs ?? 0;
}

function busy(folder: string, path: string, pid: number): StartError {
  return new StartError(
    `DATA_DIR: process ${pid} already runs on ${folder} and did not end within ${PATIENCE_MS / 1000} seconds.\n` +
      `Stop it (kill ${pid}), choose another DATA_DIR, or remove ${path} if that process is something else.`,
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function ignoreMissing(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error;
}
