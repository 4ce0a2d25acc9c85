/** Who waits under one key. */
interface Row {
  running: number;
  /** The number of its last turn; 0 before the first. */
  lastTurn: number;
  readonly waiting: (() => void)[];
}

export interface TurnLimits {
  /** How many may be under way, of all keys together. */
  readonly atOnce: number;
  /** How many of one key. Smaller than `atOnce`, so that no key alone holds up the others. */
  readonly ofOneKey: number;
}

/**
 * Lets so much be done at a time, and shares it out by key: the next turn is that of the key which has least under way,
 * and among such of the one whose last turn is longest ago, however many wait under another key.
 */
export class Turns {
  private readonly rows = new Map<string, Row>();
  private running = 0;
  private turn = 0;

  constructor(private readonly limits: TurnLimits) {}

  /** Does the work when its turn has come. Rejects with the signal's reason, also while it waits. */
  async run<Result>(key: string, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    signal.throwIfAborted();
    const row = this.rows.get(key) ?? { running: 0, lastTurn: 0, waiting: [] };
    this.rows.set(key, row);
    await this.wait(row, signal);
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      row.running -= 1;
      this.running -= 1;
      this.proceed();
    }
  }

  private async wait(row: Row, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = (): void => {
      row.waiting.splice(row.waiting.indexOf(start), 1);
      // The reason is whatever the caller aborted with.
      reject(signal.reason as Error);
      this.proceed();
    };
    const start = (): void => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    };
    row.waiting.push(start);
    signal.addEventListener('abort', onAbort, { once: true });
    this.proceed();
    await promise;
  }

  private proceed(): void {
    for (const [key, row] of this.rows) if (row.running === 0 && row.waiting.length === 0) this.rows.delete(key);
    while (this.running < this.limits.atOnce) {
      const next = this.next();
      if (next === undefined) return;
      next.running += 1;
      next.lastTurn = ++this.turn;
      this.running += 1;
      next.waiting.shift()?.();
    }
  }

  private next(): Row | undefined {
    return [...this.rows.values()]
      .filter(({ waiting, running }) => waiting.length > 0 && running < this.limits.ofOneKey)
      .toSorted((one, other) => one.running - other.running || one.lastTurn - other.lastTurn)[0];
  }
}
