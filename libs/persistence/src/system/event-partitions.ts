import type { Logger } from 'pino';
import type { SystemTransaction } from './system-transaction.js';

const DAY_MS = 86_400_000;

/**
 * Makes the partitions of the event log in time: those of this month and the two that follow, at the start and once
 * a day. A month without one is no loss: its events go to the partition for the rest, where retention is slower.
 */
export class EventPartitions {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly system: SystemTransaction,
    private readonly logger: Logger,
  ) {}

  /** Looks now, and from then on daily until `stop`. */
  async start(): Promise<void> {
    this.timer = setInterval(() => void this.look(), DAY_MS).unref();
    await this.look();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  // A new partition locks the whole log for a moment. Behind a long transaction it would make every writer wait with
  // it, so it gives up soon: there are two months of tomorrows.
  private async look(): Promise<void> {
    try {
      await this.system.run(async (transaction) => {
        await transaction.query(`set local lock_timeout = '2s'`);
        await transaction.query('select ensure_event_partitions()');
      });
    } catch (error) {
      this.logger.error({ err: error }, 'the partitions of the event log could not be made; tried again in a day');
    }
  }
}
