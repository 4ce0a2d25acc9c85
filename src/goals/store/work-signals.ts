import type { WorkSignals } from '#libs/orchestration';
import {
  DISPATCH_NEWS_CHANNEL,
  HALT_CHANNEL,
  type NotificationListener,
  type TenantTransaction,
} from '#libs/persistence';
import { COMMAND_CHANNEL, WORK_CHANNEL } from './sql.js';

/** Hints by NOTIFY. After a lost connection everything is looked at once, because hints may have been lost with it. */
export class PgWorkSignals implements WorkSignals {
  constructor(
    private readonly listener: NotificationListener,
    private readonly tenants: TenantTransaction,
  ) {}

  onWork(listener: (workerId: string | undefined) => void): () => void {
    const hinted = this.listener.listen(WORK_CHANNEL, (payload) => listener(payload === '' ? undefined : payload));
    const anybody = (): void => listener(undefined);
    // A switch that was lifted frees what it had held.
    return both(both(hinted, this.listener.listen(HALT_CHANNEL, anybody)), this.listener.onReconnect(anybody));
  }

  async tellAll(): Promise<void> {
    // Without the hint it is found by a sweep.
    await this.tenants.once([], `select pg_notify('${WORK_CHANNEL}', '')`).catch(() => []);
  }

  onNews(listener: (goalIds: readonly string[] | undefined) => void): () => void {
    return both(
      this.listener.listen(DISPATCH_NEWS_CHANNEL, (goalId) => listener([goalId])),
      this.listener.onReconnect(() => listener(undefined)),
    );
  }

  onHalt(listener: () => void): () => void {
    return both(this.listener.listen(HALT_CHANNEL, listener), this.listener.onReconnect(listener));
  }

  onCommand(listener: (goalId: string | undefined) => void): () => void {
    return both(
      this.listener.listen(COMMAND_CHANNEL, listener),
      this.listener.onReconnect(() => listener(undefined)),
    );
  }
}

/** Calls two functions as one. */
export function both(first: () => void, second: () => void): () => void {
  return () => {
    first();
    second();
  };
}
