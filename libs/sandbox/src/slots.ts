import { availableParallelism, totalmem } from 'node:os';
import { SandboxFailure } from './sandbox.port.js';

/** What a run may take in all: an interpreter or a jail, and its limit. */
const BYTES_PER_RUN = 512 * 1024 * 1024;

/** Half of the memory for all runs of a kind; two for each core, so that endless loops do not hold up everybody. */
export function slotsOfThisMachine(): number {
  return Math.max(1, Math.min(2 * availableParallelism(), Math.floor(totalmem() / 2 / BYTES_PER_RUN)));
}

/**
 * Lets so many runs go on at a time and has the others wait. Whoever a run is for is named by a key. One who runs
 * nothing yet may take any slot; who does may take another only while less than half of all are in use. So nobody ever
 * holds more than half (rounded up), and who comes with a first run mostly finds a slot at once. A slot that is given
 * back goes to the key with the fewest runs; equals take turns.
 */
export class Slots {
  private inUse = 0;
  private readonly running = new Map<string, number>();
  private readonly waiting = new Map<string, Set<() => void>>();

  constructor(private readonly size: number) {}

  /** Runs the work when there is room. Rejects with a SandboxFailure `cancelled` when the signal comes before its turn. */
  async use<Result>(key: string, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    if (signal.aborted) throw cancelled();
    // Where it may take one, none of its key waits: those would have got it.
    if (this.mayTake(key)) this.take(key);
    else await this.turn(key, signal);
    try {
      return await work();
    } finally {
      this.giveBack(key);
    }
  }

  private mayTake(key: string): boolean {
    return this.inUse < (this.runningOf(key) === 0 ? this.size : Math.ceil(this.size / 2));
  }

  private runningOf(key: string): number {
    return this.running.get(key) ?? 0;
  }

  private take(key: string): void {
    this.inUse += 1;
    this.running.set(key, this.runningOf(key) + 1);
  }

  private giveBack(key: string): void {
    this.inUse -= 1;
    const left = this.runningOf(key) - 1;
    if (left === 0) this.running.delete(key);
    else this.running.set(key, left);
    this.toTheEnd(key);
    this.serve();
  }

  private async turn(key: string, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const onTurn = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = (): void => {
        this.leave(key, onTurn);
        reject(cancelled());
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.waiting.set(key, (this.waiting.get(key) ?? new Set()).add(onTurn));
    });
  }

  /** The slot is taken here, on behalf of who waits, so that nobody who comes now can take it first. */
  private serve(): void {
    for (let key = this.next(); key !== undefined; key = this.next()) {
      const turns = this.waiting.get(key) ?? new Set();
      const [turn] = turns;
      if (turn === undefined) return;
      this.leave(key, turn);
      this.take(key);
      turn();
    }
  }

  private next(): string | undefined {
    const [first] = [...this.waiting.keys()]
      .filter((key) => this.mayTake(key))
      .toSorted((one, other) => this.runningOf(one) - this.runningOf(other));
    return first;
  }

  private leave(key: string, turn: () => void): void {
    const turns = this.waiting.get(key);
    turns?.delete(turn);
    if (turns?.size === 0) this.waiting.delete(key);
  }

  /** Who has just had a slot waits behind the others, so that equals take turns. */
  private toTheEnd(key: string): void {
    const turns = this.waiting.get(key);
    this.waiting.delete(key);
    if (turns !== undefined) this.waiting.set(key, turns);
  }
}

function cancelled(): SandboxFailure {
  return new SandboxFailure('cancelled', 'The run was stopped from outside before its turn.');
}
