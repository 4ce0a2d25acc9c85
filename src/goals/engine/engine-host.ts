import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { APP_SETTINGS, type Settings } from '#libs/config';
import { Drain, LOGGER, type Logger } from '#libs/context';
import { HealthChecks } from '#libs/http';
import { newId, publicId, systemClock } from '#libs/kernel';
import {
  Engine,
  Gate,
  type GoalStore,
  type Limits,
  MIND_BY_RULES,
  type NewGoal,
  Placement,
  SlotPool,
} from '#libs/orchestration';
import { NotificationListener, TenantTransaction } from '#libs/persistence';
import { LiveWorkers, OwnWorker } from '../../workers/workers.port.js';
import { TenantTools } from '../tools/tenant-tools.js';
import { PgWorkSignals } from '../store/work-signals.js';
import { LateResults } from './late-results.js';
import { TaskChecker } from './task-checker.js';
import { GOAL_STORE, LIMITS } from './tokens.js';

/** How often to look for work that no notification told of. An idle process is to ask the database little. */
export const SWEEP_MS = 5_000;
/** How long running tasks may take to end when the program stops; then they are stopped and handed on. */
export const PATIENCE_MS = 10_000;

/** Runs the engine in the processes that carry goals: the roles `all` and `worker`. */
@Injectable()
export class EngineHost implements OnApplicationBootstrap {
  private readonly engine: Engine;

  constructor(
    @Inject(APP_SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) logger: Logger,
    @Inject(GOAL_STORE) private readonly store: GoalStore,
    @Inject(LIMITS) limits: Limits,
    gate: Gate,
    tools: TenantTools,
    checker: TaskChecker,
    listener: NotificationListener,
    tenants: TenantTransaction,
    private readonly worker: OwnWorker,
    private readonly workers: LiveWorkers,
    placement: Placement,
    late: LateResults,
    private readonly drain: Drain,
    private readonly health: HealthChecks,
  ) {
    this.engine = new Engine(
      {
        store,
        gate,
        tools,
        checker,
        limits,
        mind: MIND_BY_RULES,
        slots: new SlotPool(settings.engineTasks),
        capabilities: worker.capabilities,
        workers,
        placement,
        clock: systemClock,
        ids: () => newId(),
        random: Math.random,
        report: (error, about) => logger.error({ err: error, ...about }, 'the engine met an error'),
        onLate: (result) => void late.record(result),
        worker: { kind: 'system', id: publicId('wrk', worker.id), name: 'engine' },
        workerId: worker.id,
      },
      new PgWorkSignals(listener, tenants),
      { goals: settings.engineGoals, leaseMs: settings.leaseSeconds * 1000, sweepMs: SWEEP_MS },
    );
    worker.countGoals(() => this.engine.size);
  }

  /** Stores a new goal. One that nobody else could carry is begun here without a claim. */
  submit(goal: NewGoal): Promise<'stored' | 'exists'> {
    const carriers = this.workers.live().filter(({ capabilities }) => capabilities.has('goal_execution'));
    // While it is not known who is there, somebody else may be.
    const isAlone = carriers.length === 1 && carriers[0]?.id === this.worker.id;
    return isAlone ? this.engine.submit(goal) : this.store.submit(goal);
  }

  onApplicationBootstrap(): void {
    if (this.settings.role === 'api') return;
    this.engine.start();
    this.health.add({ name: 'engine', required: false, run: async () => this.engine.assertClaiming() });
    this.drain.onDrain('engine', () => this.engine.stop(PATIENCE_MS));
  }
}
