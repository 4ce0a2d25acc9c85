import { systemClock } from '#libs/kernel';
import { TaskHost } from '../../dispatch/task-host.js';
import type { Engine } from '../../engine/engine.js';
import { isFinal } from '../../machine/states.js';
import type { Actor } from '../../ports/goal.js';
import type { GoalCommand } from '../../ports/goal-store.js';
import { CAPABILITIES, type WorkerInfo } from '../../ports/workers.js';
import { engineOver, newGoal } from '../kit.js';
import { ACTOR } from '../scene.js';
import { Connection } from './connection.js';
import { Laws, type Witnessed } from './laws.js';
import { ObservedStore } from './observed-store.js';
import { Person } from './person.js';
import {
  type Event,
  GOAL_CONCURRENCY,
  LEASE_MS,
  type Scenario,
  type SubmittedGoal,
  type WorkerPlan,
} from './scenario.js';
import { type Call, simulatedTools } from './sim-tools.js';
import { pause } from './virtual-time.js';

/** So long does an approval wait for its answer. */
const APPROVAL_MS = 2_500;
/** So long does somebody wait who submits a goal, until an answer is not expected any more. */
const ANSWERED_MS = 3_000;
/** When nothing disturbs any more, a goal must end within this time. */
const PATIENCE_MS = 90_000;
/** Virtual time after which a run of a scenario is given up, whatever it waits for. */
export const LONGEST_MS = 200_000;

const HALT_REASON = 'a drill';
const TENANTS = ['11111111-1111-7111-8111-111111111111', '22222222-2222-7222-8222-222222222222'] as const;

/** A simulated process. */
interface Worker {
  readonly connection: Connection;
  readonly engine: Engine;
  readonly host: TaskHost;
  readonly reports: readonly (readonly unknown[])[];
  /** It was told to stop. */
  stopped: Promise<void> | undefined;
}

/** A whole installation in one process and in virtual time: store, workers, a person, and what happens to them. */
export class World implements Witnessed {
  readonly goals: SubmittedGoal[];
  readonly calls: Call[] = [];
  readonly laws: Laws;
  readonly store: ObservedStore;
  readonly person: Person;
  /** Goals that somebody has asked to cancel. */
  readonly cancelled = new Set<string>();
  /** When nothing disturbed any more. */
  calmSince = Infinity;
  private readonly workers: Worker[] = [];
  /** What workers know of each other: also of those that are gone. */
  private readonly known: WorkerInfo[] = [];
  private order = 0;

  constructor(private readonly scenario: Scenario) {
    this.store = new ObservedStore(systemClock, (stored) => this.laws.stored(stored));
    this.goals = scenario.goals.map((plan) => ({
      id: crypto.randomUUID(),
      tenantId: TENANTS[plan.tenant % TENANTS.length] ?? TENANTS[0],
      plan,
    }));
    this.laws = new Laws(this);
    this.person = new Person(this.store, this.goals, scenario.answers);
  }

  /** Plays the scenario, lets everything come to rest, and throws for each law that was broken. */
  async play(): Promise<void> {
    for (const plan of this.scenario.workers) this.join(plan);
    await Promise.all([
      ...this.goals.map((goal) => this.submit(goal)),
      ...this.scenario.events.map(async (event) => {
        await pause(event.afterMs);
        this.happen(event);
      }),
    ]);
    await this.calm();
    for (const goal of this.goals) await this.laws.ended(goal);
    this.laws.reported(this.workers.flatMap(({ reports }) => reports.flat()));
    this.laws.assertKept();
  }

  /** Calls of a worker that are under way. */
  underWay(worker: Connection): Call[] {
    return this.calls.filter((call) => call.worker === worker && call.end === 'under way');
  }

  slotsOf(worker: Connection): number {
    return this.slots.get(worker) ?? 0;
  }

  private readonly slots = new Map<Connection, number>();

  private join({ slots, goals, isDeaf, web, faults }: WorkerPlan): Worker {
    const connection = new Connection(this.store, faults, isDeaf);
    this.slots.set(connection, slots);
    const capabilities = CAPABILITIES.filter((each) => web || each !== 'web_operations');
    let id = '';
    const partOf = (isHosted: boolean) =>
      engineOver(connection.seen, {
        clock: connection.clock,
        slots,
        goals,
        capabilities,
        workers: this.known,
        leaseMs: LEASE_MS,
        limits: { goalConcurrency: GOAL_CONCURRENCY, approvalMs: APPROVAL_MS },
        tools: simulatedTools(connection, () => id, {
          calls: this.calls,
          isHosted,
          tick: () => (this.order += 1),
          onStart: (call) => this.laws.called(call),
        }),
      });
    const [own, hosted] = [partOf(false), partOf(true)];
    const { engine, workerId } = own;
    id = workerId;
    const host = new TaskHost(
      { ...hosted.deps, workerId, store: connection.dispatches, onLate: () => undefined },
      connection.dispatches,
      { capacity: slots, needs: capabilities, leaseMs: LEASE_MS, sweepMs: 200 },
    );
    const reports = [own.reports, hosted.reports];
    const worker: Worker = { connection, engine, host, reports, stopped: undefined };
    this.workers.push(worker);
    this.known.push({ id, capabilities: new Set(capabilities), capacity: slots, running: 0, goals: 0 });
    connection.within(() => {
      engine.start();
      host.start();
    });
    return worker;
  }

  private async stop(worker: Worker, patienceMs: number): Promise<void> {
    const { connection, engine, host } = worker;
    worker.stopped ??= connection.within(async () => {
      await Promise.all([engine.stop(patienceMs), host.stop(patienceMs)]);
    });
    await worker.stopped;
  }

  private async submit({ id, tenantId, plan }: SubmittedGoal): Promise<void> {
    await pause(plan.afterMs);
    const { priority, onFailure, held, deadlineMs, tasks, via } = plan;
    const deadline = deadlineMs === null ? null : systemClock.now() + deadlineMs;
    const goal = newGoal({ tasks }, { id, tenantId, priority, onFailure, held, deadline });
    if (via !== null) {
      const { connection, engine } = pick(this.workers, via);
      const answer = connection.within(() => engine.submit(goal)).catch(() => undefined);
      await Promise.race([answer, pause(ANSWERED_MS)]);
    }
    // Whoever hears nothing asks again, and somebody else.
    await this.store.submit(goal);
  }

  private happen(event: Event): void {
    switch (event.kind) {
      case 'command':
        return void this.command(pick(this.goals, event.goal), event.command);
      case 'engage':
      case 'lift': {
        const goal = pick(this.goals, event.goal);
        const id = event.scope === 'goal' ? goal.id : goal.tenantId;
        if (event.kind === 'lift') this.store.lift(id);
        else this.store.engage(id, { scope: event.scope, by: ACTOR, reason: HALT_REASON });
        return;
      }
      case 'join':
        return void this.join(event.as);
      case 'stop':
        return void this.stop(pick(this.workers, event.worker), event.patienceMs);
      case 'crash':
        return pick(this.workers, event.worker).connection.die();
      case 'freeze':
        return pick(this.workers, event.worker).connection.freeze(event.ms, event.clockStands);
    }
  }

  private async command({ tenantId, id }: SubmittedGoal, kind: Exclude<GoalCommand['kind'], 'decide'>): Promise<void> {
    // What is asked of a goal that is not there is asked of nobody.
    const isThere = (await this.store.read(tenantId, id)) !== undefined;
    if (kind === 'cancel' && isThere) this.cancelled.add(id);
    const by: Actor = ACTOR;
    await this.store.command(tenantId, { id: crypto.randomUUID(), goalId: id, kind, actor: by, reason: null });
  }

  /** Everything is well again: a healthy worker, no kill switch, nothing paused or held. Then every goal must end. */
  private async calm(): Promise<void> {
    this.join({ slots: 10, goals: 10, isDeaf: false, web: true, faults: [] });
    for (const goal of this.goals) {
      this.store.lift(goal.id);
      this.store.lift(goal.tenantId);
      await this.command(goal, 'start');
      await this.command(goal, 'resume');
    }
    this.calmSince = systemClock.now();
    const limit = this.calmSince + PATIENCE_MS;
    while (!(await this.allEnded())) {
      if (systemClock.now() > limit) throw new Error(`goals did not end: ${await this.states()}`);
      await pause(50);
    }
    this.person.leave();
    const living = this.workers.filter(({ connection }) => !connection.dead);
    await Promise.all(living.map((worker) => this.stop(worker, 0)));
    for (const { engine } of living) this.laws.expect(engine.size === 0, 'a worker that has stopped holds no goal');
  }

  private async allEnded(): Promise<boolean> {
    const all = await Promise.all(this.goals.map(({ tenantId, id }) => this.store.read(tenantId, id)));
    return all.every((found) => found !== undefined && isFinal(found.goal.state));
  }

  private async states(): Promise<string> {
    const all = await Promise.all(this.goals.map(({ tenantId, id }) => this.store.read(tenantId, id)));
    return JSON.stringify(
      all.map((found) => ({
        goal: found?.goal,
        tasks: found?.tasks.map(({ key, state, attempts, approval }) => ({ key, state, attempts, approval })),
        journal: found?.journal.slice(-5),
      })),
    );
  }
}

function pick<T>(all: readonly T[], n: number): T {
  const found = all[n % all.length];
  if (found === undefined) throw new TypeError('there is nothing to choose from');
  return found;
}
