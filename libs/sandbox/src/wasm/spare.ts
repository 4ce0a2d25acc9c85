import type { ReadyProcess } from './ready-process.js';

type Start = (memoryBytes: number, signal: AbortSignal) => Promise<ReadyProcess>;

/**
 * Keeps at most one interpreter that is loaded already, for the next run. It serves that one run and never another: a
 * run leaves traces in its interpreter. It is given up after a while in which nobody came.
 */
export class Spare {
  private kept: Kept | undefined;
  private idle: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly start: Start,
    private readonly idleMs: number,
  ) {}

  /** Loads one for a later run, unless there is one. Its failure is no one's: the next run then starts its own. */
  prepare(memoryBytes: number): void {
    if (this.closed || this.kept?.memoryBytes === memoryBytes) return;
    void this.drop();
    const stopper = new AbortController();
    const ready = this.start(memoryBytes, stopper.signal).catch(() => undefined);
    this.kept = { memoryBytes, stopper, ready };
    this.idle = setTimeout(() => void this.drop(), this.idleMs);
  }

  /** The spare, which from now on belongs to the caller; undefined where there is none that fits. */
  async take(memoryBytes: number, signal: AbortSignal): Promise<ReadyProcess | undefined> {
    if (this.kept?.memoryBytes !== memoryBytes) return undefined;
    clearTimeout(this.idle);
    const { ready, stopper } = this.kept;
    this.kept = undefined;
    const stop = (): void => stopper.abort();
    signal.addEventListener('abort', stop, { once: true });
    const spare = await ready;
    signal.removeEventListener('abort', stop);
    return spare !== undefined && (await isAlive(spare)) ? spare : undefined;
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.drop();
  }

  private async drop(): Promise<void> {
    clearTimeout(this.idle);
    const { kept } = this;
    this.kept = undefined;
    kept?.stopper.abort();
    const spare = await kept?.ready;
    spare?.process.kill();
    await spare?.process.exited;
  }
}

interface Kept {
  readonly memoryBytes: number;
  /** Ends the loading; has no effect afterwards. */
  readonly stopper: AbortController;
  readonly ready: Promise<ReadyProcess | undefined>;
}

/** Whether it has not ended meanwhile, e.g. because the machine had no memory left. */
async function isAlive(spare: ReadyProcess): Promise<boolean> {
  const ended = spare.process.exited.then(() => false);
  return Promise.race([ended, Promise.resolve(true)]);
}
