import type { Logger } from 'pino';

interface Hook {
  readonly name: string;
  readonly work: () => Promise<void>;
}

/**
 * The way in which the program stops: it says so once, features finish or hand back what they have begun, and only
 * then are connections and the database closed.
 */
export class Drain {
  private readonly hooks: Hook[] = [];
  private readonly controller = new AbortController();
  private finished: Promise<void> | undefined;

  constructor(private readonly logger: Logger) {}

  /** Aborts when the program begins to stop: for streams and loops that end on it. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Registers what a feature does before the program may close; all of them run at the same time. */
  onDrain(name: string, work: () => Promise<void>): void {
    this.hooks.push({ name, work });
  }

  /**
   * Begins to stop and waits for the hooks, at most `milliseconds`. A second call waits for the first. A hook that
   * fails or takes too long is logged and holds up nothing: what it leaves is taken over as after a crash.
   */
  run(milliseconds: number): Promise<void> {
    this.finished ??= this.drain(milliseconds);
    return this.finished;
  }

  private async drain(milliseconds: number): Promise<void> {
    this.controller.abort();
    const pending = new Set(this.hooks.map((hook) => hook.name));
    const all = this.hooks.map(async ({ name, work }) => {
      try {
        await work();
      } catch (error) {
        this.logger.error({ err: error, hook: name }, 'a drain hook failed');
      }
      pending.delete(name);
    });
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, milliseconds);
    await Promise.race([Promise.all(all), late.promise]);
    clearTimeout(timer);
    if (pending.size > 0) this.logger.warn({ hooks: [...pending] }, 'stopping without waiting for these any longer');
  }
}
