import { type JsonObject, type JsonValue, isJsonObject } from '#libs/kernel';
import type { Mutable } from '../governor/task-run.js';
import { TASK_STATES, type TaskState } from '../machine/states.js';
import { downstream, graphOf } from '../plan/graph.js';
import type { Plan } from '../plan/plan.js';
import { sameTask } from '../plan/lineage.js';
import type { PlanVersion } from '../ports/goal-store.js';
import { readPositions } from './positions.js';
import type { JournalRow, ReplayedGoal, ReplayedTask } from './replayed.js';

/**
 * What a row about a task means for its state. Rows whose type leaves it open say it themselves, in `task_state`; rows of
 * other types change nothing of it.
 */
const STATE_AFTER: Readonly<Record<string, TaskState>> = {
  'task.queued': 'QUEUED',
  'task.started': 'RUNNING',
  'task.completed': 'SUCCEEDED',
  'task.failed': 'FAILED',
  'task.retried': 'READY',
  'task.interrupted': 'READY',
  'approval.required': 'AWAITING_APPROVAL',
  'approval.granted': 'READY',
};

const SETTLED: readonly TaskState[] = ['SUCCEEDED', 'FAILED', 'SKIPPED', 'CANCELLED'];

/**
 * A goal as it was after row `upTo` of its journal, or after all of it: read from the rows, oldest first, and the versions
 * of its plan. A task is READY as soon as what it needs has succeeded and the plan is being run, though its row may say
 * so a moment later. Journals of versions that said less are read as far as they go: what a retry kept is unknown then.
 */
export function replay(
  rows: Iterable<JournalRow>,
  plans: readonly PlanVersion[],
  upTo = Number.MAX_SAFE_INTEGER,
): ReplayedGoal {
  const fold = new Fold(plans);
  for (const row of rows) {
    if (row.seq > upTo) break;
    fold.read(row);
  }
  return fold.result();
}

class Fold {
  private readonly goal: Mutable<Omit<ReplayedGoal, 'tasks' | 'dropped'>> = {
    seq: 0,
    at: 0,
    state: 'IDLE',
    held: false,
    paused: null,
    halted: null,
    planVersion: 1,
    replans: 0,
  };
  private plan: Plan;
  private tasks = new Map<string, Mutable<ReplayedTask>>();
  private readonly dropped: ReplayedTask[] = [];
  /** Whether the plan in force is being run: only then is a task offered. */
  private isRunning = false;
  /** Keys of tasks whose call may have taken effect: what was asked about them outlives a replan. */
  private readonly uncertain = new Set<string>();

  constructor(private readonly plans: readonly PlanVersion[]) {
    this.plan = this.planOf(1);
  }

  read(row: JournalRow): void {
    const data = row.data ?? {};
    this.goal.seq = row.seq;
    this.goal.at = row.at;
    if (row.type !== 'goal.halted') this.goal.halted = null;
    switch (row.type) {
      case 'goal.transition':
        return this.move(row, data);
      case 'goal.started':
        this.goal.held = false;
        return;
      case 'goal.paused':
        this.goal.paused = { since: row.at, by: row.actor, reason: row.reason };
        return;
      case 'goal.resumed':
        this.goal.paused = null;
        return;
      case 'goal.halted':
        this.goal.halted = textOf(data['scope']);
        return;
      case 'tasks.closed':
        return this.closeOpen(row);
      case 'tasks.dropped':
        return this.dropResults(data, row);
      default:
        this.follow(row, data);
    }
  }

  result(): ReplayedGoal {
    const tasks = [...this.tasks.values()];
    if (this.isRunning) this.offer(tasks);
    return { ...this.goal, tasks, dropped: this.dropped };
  }

  private move(row: JournalRow, data: JsonObject): void {
    const { from, to } = row;
    if (from === 'IDLE') {
      this.goal.held = data['held'] === true;
      this.tasks = this.made(this.plan, 1, readPositions(data['kept_tasks']));
    }
    if (from === 'TASK_DECOMPOSITION' && typeof data['plan_version'] === 'number') this.adopt(data['plan_version']);
    if (to === 'REPLANNING') this.goal.replans += 1;
    if (to === 'EXECUTING' || to === 'PARALLEL_EXECUTING') this.isRunning = true;
    if (to === 'COMPLETED' || to === 'FAILED' || to === 'CANCELLED') this.goal.paused = null;
    this.goal.state = to ?? this.goal.state;
  }

  /** Tasks of a goal that nothing was done about yet: those that were kept from another one. */
  private made(plan: Plan, version: number, kept: ReadonlyMap<number, number>): Map<string, Mutable<ReplayedTask>> {
    const tasks = plan.tasks.flatMap(({ id: key }, position): Mutable<ReplayedTask>[] => {
      const attempts = kept.get(position);
      return attempts === undefined ? [] : [{ ...fresh(key, position, version), state: 'SUCCEEDED', attempts }];
    });
    return new Map(tasks.map((task) => [task.key, task]));
  }

  /** The plan is taken up: unchanged tasks that had succeeded are kept, the others begin anew under the same id. */
  private adopt(version: number): void {
    const plan = this.planOf(version);
    const before = this.tasks;
    const previous = new Map(this.plan.tasks.map((task) => [task.id, task]));
    const tasks = plan.tasks.map((task, position): Mutable<ReplayedTask> => {
      const old = before.get(task.id);
      const mayBeKept = old?.state === 'SUCCEEDED' || this.uncertain.has(task.id);
      return old && mayBeKept && sameTask(previous.get(task.id), task)
        ? { ...old, position, planVersion: version }
        : { ...fresh(task.id, position, version), taskId: old?.taskId ?? null };
    });
    this.plan = plan;
    this.tasks = new Map(tasks.map((task) => [task.key, task]));
    for (const task of before.values()) if (!this.tasks.has(task.key)) this.dropped.push(task);
    this.goal.planVersion = version;
    this.isRunning = false;
  }

  /** A row about one task. */
  private follow(row: JournalRow, data: JsonObject): void {
    const task = this.tasks.get(textOf(data['key']) ?? '');
    const { attempt } = data;
    if (!task || typeof attempt !== 'number') return;
    task.state = stateOf(row.type, data, task);
    task.attempts = attempt;
    task.taskId = textOf(data['task_id']);
    task.seq = row.seq;
    if (row.type === 'approval.required' && data['kind'] === 'uncertain') this.uncertain.add(task.key);
    else if (row.type !== 'approval.granted') this.uncertain.delete(task.key);
    if (row.type.startsWith('approval.')) {
      task.approvalId = row.type === 'approval.required' ? textOf(data['approval_id']) : null;
      return;
    }
    if (row.type === 'task.started') [task.startedAt, task.finishedAt] = [row.at, null];
    else if (task.state !== 'QUEUED' && task.state !== 'RUNNING') this.end(task, row, data);
  }

  private end(task: Mutable<ReplayedTask>, row: JournalRow, data: JsonObject): void {
    const { call, error } = data;
    const duration = isJsonObject(call) ? call['duration_ms'] : undefined;
    task.finishedAt = row.at;
    if (typeof duration === 'number' && task.attempts > 0) task.startedAt = row.at - duration;
    task.errorCode = isJsonObject(error) ? textOf(error['code']) : null;
    task.approvalId = null;
  }

  /** The goal has ended: what waited for something that failed is skipped, the rest cancelled. */
  private closeOpen({ seq, at }: JournalRow): void {
    const tasks = [...this.tasks.values()];
    const graph = graphOf(this.plan);
    const failed = tasks.flatMap(({ state, position }) => (state === 'FAILED' ? [position] : []));
    const blocked = downstream(graph, failed);
    for (const task of tasks) {
      if (SETTLED.includes(task.state)) continue;
      task.state = blocked.has(task.position) ? 'SKIPPED' : 'CANCELLED';
      task.finishedAt = task.startedAt === null ? null : at;
      task.approvalId = null;
      task.seq = seq;
    }
  }

  /** The store refused what tasks had come to: they count as failed. */
  private dropResults(data: JsonObject, { seq }: JournalRow): void {
    const version = typeof data['plan_version'] === 'number' ? data['plan_version'] : this.goal.planVersion;
    // The row that told of the plan was refused with the rest.
    if (this.tasks.size < this.plan.tasks.length || version !== this.goal.planVersion) this.adopt(version);
    if (typeof data['replans'] === 'number') this.goal.replans = data['replans'];
    const tasks = [...this.tasks.values()];
    for (const [position, attempts] of readPositions(data['tasks'])) {
      const task = tasks[position];
      if (task) Object.assign(task, { state: 'FAILED', attempts, errorCode: textOf(data['code']), seq });
    }
  }

  private offer(tasks: readonly Mutable<ReplayedTask>[]): void {
    const { dependencies } = graphOf(this.plan);
    for (const task of tasks) {
      const isMet = dependencies[task.position]?.every((each) => tasks[each]?.state === 'SUCCEEDED');
      if (task.state === 'PENDING' && isMet) task.state = 'READY';
    }
  }

  private planOf(version: number): Plan {
    return this.plans.findLast((each) => each.version <= version)?.plan ?? { tasks: [] };
  }
}

function fresh(key: string, position: number, planVersion: number): ReplayedTask {
  return {
    key,
    position,
    taskId: null,
    planVersion,
    state: 'PENDING',
    attempts: 0,
    errorCode: null,
    approvalId: null,
    startedAt: null,
    finishedAt: null,
    seq: 0,
  };
}

function stateOf(type: string, data: JsonObject, task: ReplayedTask): TaskState {
  const said = TASK_STATES.find((state) => state === data['task_state']);
  if (said) return said;
  // Where the command of a check is made elsewhere, the task itself is not handed over.
  if (type === 'task.queued' && data['purpose'] === 'check') return 'RUNNING';
  // Earlier versions told a stop for good from one that is repeated by the count only.
  if (type === 'task.stopped') return Number(data['attempt']) < task.attempts ? 'READY' : 'CANCELLED';
  return STATE_AFTER[type] ?? task.state;
}

function textOf(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}
