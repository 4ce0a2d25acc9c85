import type { DispatchSignals } from '#libs/orchestration';
import {
  DISPATCH_CHANNEL,
  HALT_CHANNEL,
  type NotificationListener,
  type TenantTransaction,
  WITHDRAWN_CHANNEL,
} from '#libs/persistence';
import { both } from './work-signals.js';

/** Hints of dispatched calls, by NOTIFY. After a lost connection everything is looked at once. */
export class PgDispatchSignals implements DispatchSignals {
  constructor(
    private readonly listener: NotificationListener,
    private readonly tenants: TenantTransaction,
  ) {}

  onDispatch(listener: (workerId: string | undefined) => void): () => void {
    return both(
      this.listener.listen(DISPATCH_CHANNEL, (workerId) => listener(workerId === '' ? undefined : workerId)),
      this.listener.onReconnect(() => listener(undefined)),
    );
  }

  onWithdrawn(listener: (id: string | undefined) => void): () => void {
    return both(
      this.listener.listen(WITHDRAWN_CHANNEL, listener),
      this.listener.onReconnect(() => listener(undefined)),
    );
  }

  onHalt(listener: () => void): () => void {
    return both(this.listener.listen(HALT_CHANNEL, listener), this.listener.onReconnect(listener));
  }

  async tellAll(): Promise<void> {
    // Without the hint it is found by a sweep.
    await this.tenants.once([], `select pg_notify('${DISPATCH_CHANNEL}', '')`).catch(() => []);
  }
}
