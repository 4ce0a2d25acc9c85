import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { Drain, Logger } from '#libs/context';
import type { Clock } from '#libs/kernel';
import type { Heartbeats, LeaseKey } from '#libs/persistence';
import type { ThisWorker } from './this-worker.js';
import { LeaseKeeper } from './workers.port.js';

export interface HeartbeatParts {
  readonly worker: ThisWorker;
  readonly heartbeats: Heartbeats;
  readonly drain: Drain;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly logger: Logger;
  /** Whether this process registers: one that only serves HTTP is no worker. */
  readonly registers: boolean;
}

/** How often rows of workers that are long gone are looked for. */
const FORGET_MS = 600_000;

/**
 * The life of a worker's row: registered at the start, beaten three times per lease, draining once the program is told
 * to stop, offline at its end. While goals are in hand the beat travels with the renewal of their leases; without any,
 * it goes alone.
 */
export class Heartbeat extends LeaseKeeper implements OnApplicationBootstrap, OnModuleDestroy {
  private timers: NodeJS.Timeout[] = [];
  private beatenAt = -Infinity;
  private beating: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: HeartbeatParts) {
    super();
  }

  async onApplicationBootstrap(): Promise<void> {
    const { worker, registers, drain } = this.parts;
    if (!registers) return;
    drain.onDrain('worker', () => this.drain());
    await this.beatAlone();
    await this.forgetGone();
    this.timers = [
      setInterval(() => void this.beatUnlessBeaten(), worker.leaseMs / 3),
      setInterval(() => void this.forgetGone(), FORGET_MS),
    ];
  }

  async onModuleDestroy(): Promise<void> {
    const { worker, heartbeats, registers, logger } = this.parts;
    if (!registers) return;
    for (const timer of this.timers) clearInterval(timer);
    // A beat that is under way would bring the row back to life.
    await this.beating;
    await heartbeats
      .stop(worker.id)
      .catch((error: unknown) => logger.warn({ err: error }, 'the worker could not sign off; its silence will tell'));
  }

  async renew(leases: readonly LeaseKey[], leaseMs: number): Promise<ReadonlySet<string>> {
    const { worker, heartbeats, clock } = this.parts;
    const beat = heartbeats.beat(worker.beat(), leases, leaseMs);
    this.beating = beat.catch(() => undefined);
    const kept = await beat;
    this.beatenAt = clock.monotonic();
    return kept;
  }

  private async drain(): Promise<void> {
    this.parts.worker.draining = true;
    await this.beatAlone();
  }

  private async beatUnlessBeaten(): Promise<void> {
    const { clock, worker } = this.parts;
    // A sixth of the lease, half of what lies between two beats.
    if (clock.monotonic() - this.beatenAt > worker.leaseMs / 6) await this.beatAlone();
  }

  private async beatAlone(): Promise<void> {
    const { worker, logger } = this.parts;
    await this.renew([], worker.leaseMs).catch((error: unknown) =>
      logger.warn({ err: error }, 'a heartbeat could not be written; the next one is tried'),
    );
  }

  private async forgetGone(): Promise<void> {
    const { heartbeats, logger } = this.parts;
    await heartbeats
      .forgetGone()
      .catch((error: unknown) => logger.warn({ err: error }, 'workers that are long gone could not be deleted'));
  }
}
