import type { WorkSignals } from '#libs/orchestration';
import { HALT_CHANNEL, type NotificationListener } from '#libs/persistence';
import { COMMAND_CHANNEL, WORK_CHANNEL } from './sql.js';

/** Hints by NOTIFY. After a lost connection everything is looked at once, because hints may have been lost with it. */
export class PgWorkSignals implements WorkSignals {
  constructor(private readonly listener: NotificationListener) {}

  onWork(listener: () => void): () => void {
    // A switch that was lifted frees what it had held.
    const heard = both(this.listener.listen(WORK_CHANNEL, listener), this.listener.listen(HALT_CHANNEL, listener));
    return both(heard, this.listener.onReconnect(listener));
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

function both(first: () => void, second: () => void): () => void {
  return () => {
    first();
    second();
  };
}
