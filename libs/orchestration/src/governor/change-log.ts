import { type JsonObject, publicId } from '#libs/kernel';
import type { GoalState } from '../machine/states.js';
import type { Plan } from '../plan/plan.js';
import type { NewDispatch } from '../ports/dispatch.js';
import type { Actor, GoalRecord, TaskRecord } from '../ports/goal.js';
import type {
  ApprovalChange,
  ArtifactChange,
  GoalChange,
  GoalEvent,
  JournalEntry,
  Lease,
  PlanVersion,
} from '../ports/goal-store.js';

/** What an entry of the journal may leave out. */
export interface EntryDetails {
  readonly from?: GoalState;
  readonly to?: GoalState;
  readonly actor?: Actor;
  readonly reason?: string | null;
  readonly data?: JsonObject;
}

/**
 * What has happened to a goal and is not stored yet. Steps that nobody outside can see gather here and are written
 * together; that is what makes pure steps cheap.
 */
export class ChangeLog {
  private journal: JournalEntry[] = [];
  private events: GoalEvent[] = [];
  private artifacts: ArtifactChange[] = [];
  private approvals: ApprovalChange[] = [];
  private handled: string[] = [];
  private dispatches: NewDispatch[] = [];
  private endedDispatches: string[] = [];
  /** Calls that have ended, by the task that does not say yet what came of it. */
  private readonly endedOf = new Map<string, string>();
  private plans: PlanVersion[] = [];
  /** By id: a replan makes a new record of the same task, and one change may write a row only once. */
  private dirty = new Map<string, TaskRecord>();
  /** Ids of tasks of which the journal says that they run: a task that starts and ends within one commit has one row, not two. */
  private readonly announced = new Set<string>();
  /** What attempts are about to do that must not be done twice. */
  private readonly intents = new Map<string, JsonObject>();
  private bytes = 0;
  private since: number | undefined;

  constructor(
    private readonly lease: Lease,
    readonly worker: Actor,
    private readonly now: () => number,
  ) {}

  /** Bytes of outputs and of arguments to be approved that wait to be stored. */
  get pendingBytes(): number {
    return this.bytes;
  }

  /** Tells of something large that waits to be stored. */
  gain(bytes: number): void {
    this.bytes += bytes;
  }

  /** When the oldest change that is not stored was made; undefined when there is none. */
  get oldest(): number | undefined {
    return this.since;
  }

  record(type: string, details: EntryDetails = {}): void {
    this.mark();
    this.journal.push({
      at: this.now(),
      type,
      from: details.from ?? null,
      to: details.to ?? null,
      actor: details.actor ?? this.worker,
      reason: details.reason ?? null,
      data: details.data ?? null,
    });
  }

  event(event: GoalEvent): void {
    this.mark();
    this.events.push(event);
  }

  /** A file that the next row of the journal tells of. */
  artifact(change: Omit<ArtifactChange, 'row'>): void {
    this.mark();
    this.artifacts.push({ ...change, row: this.journal.length });
  }

  approval(change: ApprovalChange): void {
    this.mark();
    this.approvals.push(change);
  }

  touch(task: TaskRecord): void {
    this.mark();
    this.dirty.set(task.id, task);
    this.forgetEnded(task.id);
    // Whatever it goes to, it may run again: the journal then needs another start, also where the attempt is the same.
    if (task.state !== 'RUNNING') this.announced.delete(task.id);
  }

  /** Lets the start of the task’s present attempt say what it is about to do: after a crash that is all there is to see. */
  intend(task: TaskRecord, call: JsonObject): void {
    this.intents.set(markOf(task), call);
  }

  /** What was said of the present attempt by `intend`, as it stands in the row of its start. */
  intentOf(task: TaskRecord): { readonly call?: JsonObject } {
    const call = this.intents.get(markOf(task));
    return call ? { call } : {};
  }

  /** The start of what runs stands in the journal: an earlier owner has written it. */
  knowStart(task: TaskRecord): void {
    this.announced.add(task.id);
  }

  newPlan(version: number, plan: Plan): void {
    this.mark();
    this.plans.push({ version, plan });
  }

  dispatch(dispatch: NewDispatch): void {
    this.mark();
    this.dispatches.push(dispatch);
  }

  /** A dispatched call has been dealt with. One that was never stored leaves no trace. */
  endDispatch(id: string): void {
    this.mark();
    this.dispatches = this.dispatches.filter((each) => each.id !== id);
    this.endedDispatches.push(id);
  }

  /**
   * The same, in the change in which its task says what came of it: until that is stored, whoever owns the goal next
   * must find how it ended.
   */
  endDispatchWith(taskId: string, id: string): void {
    this.endedOf.set(taskId, id);
  }

  /** Lets go of the task's call that has ended, since what follows must not come from its end a second time. */
  forgetEnded(taskId: string): void {
    const id = this.endedOf.get(taskId);
    if (id === undefined) return;
    this.endedOf.delete(taskId);
    this.endDispatch(id);
  }

  handledCommand(id: string): void {
    this.mark();
    this.handled.push(id);
  }

  /** Everything gathered, as one change; the log is empty afterwards. Undefined when there is nothing to write. */
  take(goal: GoalRecord, release: GoalChange['release']): GoalChange | undefined {
    if (this.since === undefined && !release) return undefined;
    this.announceRunning();
    const change: GoalChange = {
      lease: this.lease,
      goal: { ...goal, lastSeq: goal.lastSeq + this.journal.length },
      expectedSeq: goal.lastSeq,
      plans: this.plans,
      tasks: [...this.dirty.values()].map((task) => ({ ...task })),
      journal: this.journal,
      events: this.events,
      artifacts: this.artifacts,
      approvals: this.approvals,
      handledCommands: this.handled,
      dispatches: this.dispatches,
      endedDispatches: this.endedDispatches,
      release,
    };
    this.journal = [];
    this.events = [];
    this.artifacts = [];
    this.approvals = [];
    this.handled = [];
    this.dispatches = [];
    this.endedDispatches = [];
    this.plans = [];
    this.dirty = new Map();
    this.bytes = 0;
    this.since = undefined;
    return change;
  }

  /** Forgets what has gathered, since the store refused what it builds on; gives the ids of the tasks in it. */
  discard(): string[] {
    const tasks = [...this.dirty.keys()];
    this.journal = [];
    this.events = [];
    this.artifacts = [];
    this.approvals = [];
    this.dispatches = [];
    this.plans = [];
    this.dirty = new Map();
    this.bytes = 0;
    this.since = undefined;
    return tasks;
  }

  private announceRunning(): void {
    for (const task of this.dirty.values()) {
      if (task.state !== 'RUNNING' || this.announced.has(task.id)) continue;
      this.announced.add(task.id);
      this.record('task.started', { data: { ...taskData(task), ...this.intentOf(task) } });
      this.intents.delete(markOf(task));
    }
  }

  private mark(): void {
    this.since ??= this.now();
  }
}

function markOf({ id, attempts }: TaskRecord): string {
  return `${id}/${attempts}`;
}

/** How a journal names an attempt of a task. */
export function taskData(task: TaskRecord): {
  readonly task_id: string;
  readonly key: string;
  readonly attempt: number;
} {
  return { task_id: publicId('task', task.id), key: task.key, attempt: task.attempts };
}
