import { ToolFailure } from './tool-failure.js';

/** What ended a call from outside. */
export type Interruption = 'cancelled' | 'timeout';

/**
 * The time that one call has. Its signal is aborted when the caller gives up or the time is over, and `race` ends
 * then, too: a tool that does not listen to the signal is left behind instead of being waited for.
 */
export class Deadline {
  interruption: Interruption | undefined;
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private giveUp: ((reason: Error) => void) | undefined;

  constructor(
    private readonly outer: AbortSignal,
    private readonly seconds: number,
  ) {
    if (outer.aborted) this.interrupt('cancelled');
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Waits for the work, but no longer than the time there is; rejects with a ToolFailure when that is over. */
  async race<Result>(work: Promise<Result>): Promise<Result> {
    const onAbort = (): void => this.interrupt('cancelled');
    const interrupted = new Promise<never>((_, reject) => {
      this.giveUp = reject;
    });
    this.outer.addEventListener('abort', onAbort, { once: true });
    // Node fires at once for delays beyond 31 bits: without this a very long time would be none at all.
    this.timer = setTimeout(() => this.interrupt('timeout'), Math.min(this.seconds * 1000, 2 ** 31 - 1));
    try {
      if (this.outer.aborted) this.interrupt('cancelled');
      return await Promise.race([work, interrupted]);
    } finally {
      clearTimeout(this.timer);
      this.outer.removeEventListener('abort', onAbort);
    }
  }

  /** The failure that stands for an interruption. `uncertain`: the call may have done its work before. */
  failure(interruption: Interruption, uncertain = false): ToolFailure {
    if (interruption === 'cancelled')
      return new ToolFailure('cancelled', 'The call was cancelled before it ended.', { uncertain });
    return new ToolFailure(
      'tool_timeout',
      `The call took longer than ${this.seconds} s. Give it less to do, or raise \`timeout_seconds\` of the task.`,
      { retryable: true, uncertain },
    );
  }

  private interrupt(interruption: Interruption): void {
    if (this.interruption !== undefined) return;
    this.interruption = interruption;
    const failure = this.failure(interruption);
    this.controller.abort(failure);
    this.giveUp?.(failure);
  }
}
