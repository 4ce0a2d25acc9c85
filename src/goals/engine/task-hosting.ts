import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { APP_SETTINGS, type Settings } from '#libs/config';
import { Drain, LOGGER, type Logger } from '#libs/context';
import { systemClock } from '#libs/kernel';
import { Gate, TaskHost } from '#libs/orchestration';
import { NotificationListener, TaskDispatches, TenantTransaction } from '#libs/persistence';
import { OwnWorker } from '../../workers/workers.port.js';
import { PgDispatchStore } from '../store/pg-dispatch-store.js';
import { PgDispatchSignals } from '../store/dispatch-signals.js';
import { TenantTools } from '../tools/tenant-tools.js';
import { PATIENCE_MS, SWEEP_MS } from './engine-host.js';
import { LateResults } from './late-results.js';

/** Makes calls for the owners of other goals, in the processes that carry work: the roles `all` and `worker`. */
@Injectable()
export class TaskHosting implements OnApplicationBootstrap {
  private readonly host: TaskHost;

  constructor(
    @Inject(APP_SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) logger: Logger,
    gate: Gate,
    tools: TenantTools,
    dispatches: TaskDispatches,
    listener: NotificationListener,
    tenants: TenantTransaction,
    worker: OwnWorker,
    late: LateResults,
    private readonly drain: Drain,
  ) {
    this.host = new TaskHost(
      {
        store: new PgDispatchStore(dispatches),
        gate,
        tools,
        clock: systemClock,
        workerId: worker.id,
        report: (error, about) => logger.error({ err: error, ...about }, 'a call for another worker met an error'),
        onLate: (result) => void late.record(result),
      },
      new PgDispatchSignals(listener, tenants),
      {
        capacity: worker.capacity,
        needs: [...worker.capabilities],
        leaseMs: settings.leaseSeconds * 1000,
        sweepMs: SWEEP_MS,
      },
    );
    worker.countTasks(() => this.host.size);
  }

  onApplicationBootstrap(): void {
    if (this.settings.role === 'api') return;
    this.host.start();
    this.drain.onDrain('calls for other workers', () => this.host.stop(PATIENCE_MS));
  }
}
