import type { Clock, JsonObject } from '#libs/kernel';
import { type Transition, next } from '../machine/machine.js';
import type { Outcome } from '../machine/outcomes.js';
import { isFinal } from '../machine/states.js';
import { type Graph, graphOf, isParallel } from '../plan/graph.js';
import type { Plan } from '../plan/plan.js';
import type { Actor, GoalRecord, TaskRecord } from '../ports/goal.js';
import type { GoalCommand, Lease, LeasedGoal } from '../ports/goal-store.js';
import type { Failure, ToolCatalogue } from '../ports/tools.js';
import { Dispatches } from './dispatches.js';
import { applyDecision } from './approvals.js';
import { ChangeLog } from './change-log.js';
import { EFFECTS } from './effects.js';
import { Interrupts } from './interrupts.js';
import type { Mutable, TaskRun } from './task-run.js';

/** Most replans of one goal (ORC-8). */
const MAX_REPLANS = 3;

/** A goal in the hands of its owner: the stored state, and what has happened since it was stored. */
export class GoalRun {
  readonly lease: Lease;
  readonly goal: Mutable<GoalRecord>;
  readonly changes: ChangeLog;
  readonly interrupts = new Interrupts();
  /** Calls that other workers make. */
  readonly dispatches: Dispatches;
  /** Why the goal fails, once it is known. */
  failure: Failure | undefined;
  plan: Plan;
  /** By position in the plan. Empty until there is a plan. */
  tasks: TaskRun[];
  graph: Graph;
  /** Bytes of the outputs of all tasks. */
  outputBytes: number;
  private parallel: boolean;
  /** Whether anything of the goal was done since it was leased. */
  worked = false;
  /** Called with a task that a decision has freed or failed. */
  onDecided: (task: TaskRun) => void = () => undefined;
  private readonly heard = new Set<string>();
  /** Commands to cancel that wait for what runs to end. */
  private readonly cancels: string[] = [];
  private readonly leasedAt: number;

  constructor(
    leased: LeasedGoal,
    /** The tools of the goal's tenant, as they were when it was leased. */
    readonly tools: ToolCatalogue,
    readonly worker: Actor,
    private readonly clock: Clock,
  ) {
    this.lease = leased.lease;
    this.goal = { ...leased.goal };
    this.dispatches = new Dispatches(leased.dispatches);
    this.plan = leased.plan;
    this.graph = graphOf(leased.plan);
    this.parallel = isParallel(this.graph);
    this.tasks = leased.tasks
      .filter((task) => task.planVersion === leased.goal.planVersion)
      .map((task) => ({ ...task }));
    this.outputBytes = bytesOf(this.tasks);
    this.leasedAt = clock.monotonic();
    const { now } = leased;
    this.now = () => Math.floor(now + this.clock.monotonic() - this.leasedAt);
    this.changes = new ChangeLog(this.lease, worker, this.now);
    for (const task of this.tasks) if (task.state === 'RUNNING') this.changes.knowStart(task);
  }

  /** Database time, carried on from the moment of the lease by the monotonic clock. Milliseconds. */
  readonly now: () => number;

  /** How long the goal has worked, in milliseconds, pauses excluded. */
  get activeMs(): number {
    return this.goal.activeMs + (this.clock.monotonic() - this.leasedAt);
  }

  /** Moves the goal on by the table. Throws `transition_refused` for what the table does not list. */
  step(
    outcome: Outcome,
    details: { readonly actor?: Actor; readonly reason?: string | null; readonly data?: JsonObject } = {},
  ): Transition {
    const transition = next(this.goal.state, outcome, {
      parallel: this.parallel,
      mayReplan: this.goal.onFailure === 'replan' && this.goal.replans < MAX_REPLANS,
    });
    this.goal.state = transition.to;
    EFFECTS[transition.effect](this, details.actor ?? this.worker);
    if (isFinal(transition.to)) {
      for (const id of this.cancels.splice(0)) this.changes.handledCommand(id);
      for (const id of this.dispatches.ids) this.changes.endDispatch(id);
    }
    this.changes.record('goal.transition', {
      from: transition.from,
      to: transition.to,
      ...details,
      reason: details.reason ?? (transition.effect === 'fail' ? (this.failure?.detail ?? null) : null),
    });
    return transition;
  }

  /** Takes a plan and its tasks as the ones to run from now on. */
  adopt(plan: Plan, tasks: TaskRun[]): void {
    if (plan !== this.plan) {
      this.plan = plan;
      this.graph = graphOf(plan);
      this.parallel = isParallel(this.graph);
    }
    this.tasks = tasks;
    this.outputBytes = bytesOf(tasks);
  }

  /** Whether the command has been applied already; its row may still be there. */
  knows(command: GoalCommand): boolean {
    return this.heard.has(command.id);
  }

  /** Does what a command asks, as far as that can be done at once. */
  apply(command: GoalCommand): void {
    const { actor, reason } = command;
    this.heard.add(command.id);
    const isTooLate = isFinal(this.goal.state);
    // A cancel has been dealt with only when the goal has ended: until then it must outlive this process.
    if (command.kind === 'cancel' && !isTooLate) this.cancels.push(command.id);
    else this.changes.handledCommand(command.id);
    // Whoever asked has been told so, or sees it in the state.
    if (isTooLate) return;
    switch (command.kind) {
      case 'start':
        if (!this.goal.held) return;
        this.goal.held = false;
        this.changes.record('goal.started', { actor, reason });
        return;
      case 'cancel':
        this.interrupts.raise({ kind: 'cancel', by: actor, reason });
        return;
      case 'pause':
        if (this.goal.paused) return;
        this.goal.paused = { since: this.now(), by: actor, reason };
        this.changes.record('goal.paused', { actor, reason });
        this.changes.event({ type: 'goal.paused', actor, data: { reason } });
        this.interrupts.raise({ kind: 'pause' });
        return;
      case 'resume':
        if (!this.goal.paused) return;
        this.goal.paused = null;
        this.changes.record('goal.resumed', { actor, reason });
        this.changes.event({ type: 'goal.resumed', actor, data: { reason } });
        this.interrupts.clearPause();
        return;
      case 'decide': {
        const task = applyDecision(this, command);
        if (task) this.onDecided(task);
      }
    }
  }
}

function bytesOf(tasks: readonly TaskRecord[]): number {
  return tasks.reduce((sum, task) => sum + task.outputBytes, 0);
}
