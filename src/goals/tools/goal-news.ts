import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { JOURNAL_CHANNEL, NotificationListener } from '#libs/persistence';

/** A notification may be lost without anybody knowing: everybody looks once in this time. Milliseconds. */
const SWEEP_MS = 1_000;

/** Tells requests that wait for a goal that something has happened to it: one listener for all of them. */
@Injectable()
export class GoalNews implements OnModuleDestroy {
  private readonly waiting = new Map<string, Set<() => void>>();
  private readonly stopListening: () => void;

  constructor(@Inject(NotificationListener) listener: Pick<NotificationListener, 'listen'>) {
    this.stopListening = listener.listen(JOURNAL_CHANNEL, (payload) => this.tell(payload));
  }

  onModuleDestroy(): void {
    this.stopListening();
  }

  /**
   * Looks until there is an answer, or until the time is up or the signal fires; then undefined. Whatever happens to the
   * goal during a look leads to another one.
   */
  async until<Answer>(
    goalId: string,
    look: () => Promise<Answer | undefined>,
    { milliseconds, signal }: { readonly milliseconds: number; readonly signal: AbortSignal },
  ): Promise<Answer | undefined> {
    const end = performance.now() + milliseconds;
    for (;;) {
      const left = end - performance.now();
      const isLast = left <= 0 || signal.aborted;
      const news = this.next(goalId, Math.min(left, SWEEP_MS), signal);
      try {
        const answer = await look();
        if (answer !== undefined || isLast) return answer;
        await news.came;
      } finally {
        news.forget();
      }
    }
  }

  private next(goalId: string, milliseconds: number, signal: AbortSignal) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wakers = this.waiting.get(goalId) ?? new Set();
    this.waiting.set(goalId, wakers.add(resolve));
    const timer = setTimeout(resolve, Math.max(Math.ceil(milliseconds), 0));
    const onAbort = (): void => resolve();
    signal.addEventListener('abort', onAbort);
    const forget = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      wakers.delete(resolve);
      if (wakers.size === 0 && this.waiting.get(goalId) === wakers) this.waiting.delete(goalId);
    };
    return { came: promise, forget };
  }

  private tell(payload: string): void {
    const goals = payload === '*' ? [...this.waiting.keys()] : payload.split(',');
    for (const goal of goals) for (const wake of this.waiting.get(goal) ?? []) wake();
  }
}
