import { Module } from '@nestjs/common';
import { APP_SETTINGS, type Settings } from '#libs/config';
import { Drain, LOGGER, type Logger } from '#libs/context';
import { systemClock } from '#libs/kernel';
import { Placement } from '#libs/orchestration';
import { Heartbeats, WorkerRegistry } from '#libs/persistence';
import { Heartbeat } from './heartbeat.js';
import { ThisWorker } from './this-worker.js';
import { PgWorkerDirectory } from './worker-directory.js';
import { LeaseKeeper, LiveWorkers, OwnWorker } from './workers.port.js';

/** This process among the workers, and how one of them is chosen. */
@Module({
  providers: [
    { provide: ThisWorker, inject: [APP_SETTINGS], useFactory: (settings: Settings) => new ThisWorker(settings) },
    { provide: OwnWorker, useExisting: ThisWorker },
    {
      provide: LeaseKeeper,
      inject: [ThisWorker, Heartbeats, Drain, LOGGER, APP_SETTINGS],
      useFactory: (worker: ThisWorker, heartbeats: Heartbeats, drain: Drain, logger: Logger, settings: Settings) =>
        new Heartbeat({ worker, heartbeats, drain, logger, clock: systemClock, registers: settings.role !== 'api' }),
    },
    {
      provide: LiveWorkers,
      inject: [WorkerRegistry, LOGGER],
      useFactory: (registry: WorkerRegistry, logger: Logger) => new PgWorkerDirectory(registry, systemClock, logger),
    },
    {
      provide: Placement,
      inject: [APP_SETTINGS],
      useFactory: (settings: Settings) => new Placement(settings.dispatchStrategy, Math.random),
    },
  ],
  exports: [OwnWorker, LeaseKeeper, LiveWorkers, Placement],
})
export class WorkersModule {}
