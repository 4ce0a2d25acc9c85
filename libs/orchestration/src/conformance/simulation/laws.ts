import { hasCode } from '#libs/kernel';
import { assertListed } from '../../machine/machine.js';
import { isFinal } from '../../machine/states.js';
import { type Plan, maxAttempts } from '../../plan/plan.js';
import type { TaskRecord } from '../../ports/goal.js';
import { nextExpiry } from '../../governor/approvals.js';
import { progressOf } from '../../governor/effects.js';
import { attemptsOf } from './journal-laws.js';
import type { Connection } from './connection.js';
import type { ObservedStore, Stored, StoredChange } from './observed-store.js';
import type { Person } from './person.js';
import { GOAL_CONCURRENCY, LEASE_MS, type SubmittedGoal } from './scenario.js';
import type { Call } from './sim-tools.js';
import { replay } from '../../replay/replay.js';
import type { InMemoryGoalStore } from '../in-memory-goal-store.js';

type Replayable = NonNullable<Awaited<ReturnType<InMemoryGoalStore['read']>>>;

/** So long may it take, once nothing disturbs, until a goal's owner is known and has heard everything. */
const HEARD_MS = 6_000;

/** A goal may sleep for so long although it is due: it must not be claimed and given back without end. */
const DOZE_MS = 250;

/** What the laws look at. */
export interface Witnessed {
  readonly goals: readonly SubmittedGoal[];
  readonly calls: readonly Call[];
  readonly store: ObservedStore;
  readonly person: Person;
  /** Goals that somebody has asked to cancel. */
  readonly cancelled: ReadonlySet<string>;
  /** When nothing disturbed any more. */
  readonly calmSince: number;
  /** Calls of a worker that are under way. */
  underWay(worker: Connection): readonly Call[];
  slotsOf(worker: Connection): number;
}

/** What must hold whatever happens. A law that is broken is noted where it happens and told at the end. */
export class Laws {
  private readonly broken = new Set<string>();
  /** How often in a row a goal was given back beyond the time at which it was due. */
  private readonly overslept = new Map<string, number>();
  /** The tasks of calls for other workers. */
  private readonly dispatched = new Map<string, string>();

  constructor(private readonly world: Witnessed) {}

  expect(holds: boolean, law: string, about: unknown = ''): void {
    if (!holds) this.broken.add(about === '' ? law : `${law}: ${JSON.stringify(about)}`);
  }

  assertKept(): void {
    if (this.broken.size > 0) throw new Error([...this.broken].join('\n'));
  }

  /** What holds for every change that is stored. */
  stored({ change, before, after }: StoredChange): void {
    const { goal } = after;
    this.expect(!isFinal(before.goal.state) || goal.state === before.goal.state, 'a final state never changes');
    this.expect(!isFinal(before.goal.state) || change.tasks.length === 0, 'no task changes after its goal has ended');
    this.expect(goal.lastSeq === before.goal.lastSeq + change.journal.length, 'rows are numbered without gaps');
    this.expect(goal.activeMs >= before.goal.activeMs, 'working time never runs back', goal);
    const isHeard = !this.world.cancelled.has(goal.id) || isFinal(goal.state) || this.world.store.isAsked(goal.id);
    this.expect(isHeard, 'a cancel stays until its goal has ended', change.handledCommands);
    let { state } = before.goal;
    for (const { from, to } of change.journal) {
      if (from === null || to === null) continue;
      this.expect(from === state, 'each transition begins where the last one ended', { from, state });
      assertListed(from, to);
      state = to;
    }
    this.expect(state === goal.state, 'the journal leads to the stored state', { state, stored: goal.state });
    this.storedTasks(change, before, after);
    this.sleeps(change, after);
  }

  /** A goal that is given back wakes when its next approval expires, or at its deadline, and what is due then is done then. */
  private sleeps({ release }: StoredChange['change'], { goal, tasks }: Stored): void {
    if (!release || isFinal(goal.state)) return;
    const current = tasks.filter(({ planVersion }) => planVersion === goal.planVersion);
    const next = Math.min(goal.deadline ?? Infinity, nextExpiry(current) ?? Infinity);
    this.expect(release.wakeAt !== null || next === Infinity, 'a goal sleeps until it is due at the latest', goal);
    // One that is given back for another reason, or late, finds out when it is claimed again.
    const times = (release.wakeAt ?? 0) <= next + DOZE_MS ? 0 : (this.overslept.get(goal.id) ?? 0) + 1;
    this.overslept.set(goal.id, times);
    this.expect(times < 4, 'what is due is done, and not put off again and again', goal);
  }

  private storedTasks(change: StoredChange['change'], before: Stored, after: Stored): void {
    const plan = this.planOf(after.goal.id);
    const then = new Map(before.tasks.map((task) => [task.id, task]));
    const now = new Map(after.tasks.map((task) => [task.key, task]));
    for (const task of change.tasks) {
      const planned = plan.tasks.find(({ id }) => id === task.key);
      // A person may ask for one more than the plan does.
      const repeats = this.world.person.answersTo(task.id).filter((said) => said === 'repeat').length;
      const most = planned && maxAttempts(planned) + repeats;
      this.expect(most !== undefined && task.attempts <= most, 'attempts are limited', task);
      this.expect(task.attempts >= 0, 'attempts are no less than none', task);
      const begun = ['RUNNING', 'SUCCEEDED', 'AWAITING_APPROVAL'].includes(task.state);
      const ready = task.dependsOn.every((key) => now.get(key)?.state === 'SUCCEEDED');
      this.expect(!begun || ready, 'a task is begun only after what it depends on has succeeded', task);
      const earlier = then.get(task.id);
      if (earlier?.state === 'SUCCEEDED') {
        this.expect(isSame(earlier, task), 'what has succeeded stays as it is', [earlier, task]);
      }
    }
    this.dispatchedTasks(change, after);
    const current = after.tasks.filter(({ planVersion }) => planVersion === after.goal.planVersion);
    const { succeeded, failed, running } = progressOf({ goal: after.goal, plan, tasks: current });
    const counted = after.goal.progress;
    const right = counted.succeeded === succeeded && counted.failed === failed && counted.running === running;
    this.expect(right, 'progress is what the tasks say', { counted, tasks: current });
  }

  /** A call of another worker is there as long as its task waits for it, and gone together with what came of it. */
  private dispatchedTasks(change: StoredChange['change'], { goal, tasks }: Stored): void {
    for (const { id, taskId } of change.dispatches) this.dispatched.set(id, taskId);
    const calls = this.world.store.dispatches.newsOf([goal.id]);
    for (const { state, id, attempts } of tasks) {
      const isThere = state !== 'QUEUED' || calls.some(({ taskId, attempt }) => taskId === id && attempt === attempts);
      this.expect(isThere, 'what is queued has a call that can be taken', id);
    }
    for (const id of change.endedDispatches) {
      const task = tasks.find((each) => each.id === this.dispatched.get(id));
      const isChecked = this.planOf(goal.id).tasks.some((each) => each.id === task?.key && each.check?.command);
      const isTold = !task || isChecked || change.tasks.some((each) => each.id === task.id);
      this.expect(isTold, 'how a call ended is forgotten only with what came of it', task);
    }
  }

  private planOf(goalId: string): Plan {
    return this.world.goals.find(({ id }) => id === goalId)?.plan ?? { tasks: [] };
  }

  /** What holds in the moment in which a call begins. */
  called(call: Call): void {
    const { calls, goals, store, person } = this.world;
    const all = this.world.underWay(call.worker).filter(({ isHosted }) => isHosted === call.isHosted);
    this.expect(all.length <= this.world.slotsOf(call.worker), 'slots are limited', all.length);
    const ofGoal = all.filter(({ goalId }) => goalId === call.goalId);
    this.expect(ofGoal.length <= GOAL_CONCURRENCY, 'calls of one goal are limited', ofGoal.length);
    const before = calls.filter((each) => each.taskId === call.taskId && each !== call);
    const isOnce = ['once', 'pay', 'post'].includes(call.tool);
    const mayHaveRun = before.filter(({ end }) => end === 'unknown' || end === 'under way').length;
    const known = person.answersTo(call.taskId).length;
    this.expect(!isOnce || mayHaveRun <= known, 'what may have taken effect is not repeated unasked', call.n);
    const isApproved = person.approved.has(call.taskId);
    this.expect(isApproved || !['deploy', 'pay'].includes(call.tool), 'what needs an approval has one', call.n);
    const goal = goals.find(({ id }) => id === call.goalId);
    this.expect(goal !== undefined, 'a call is one of a goal');
    // A pure call may be one too many, since nobody sees it; and a clock that stood still knows no better.
    if (call.tool === 'pure' || call.worker.wasAsleep) return;
    const lease = call.isHosted ? store.dispatches.leaseOf(call.taskId) : store.leaseOf(call.goalId);
    // A worker may not know yet that a call is not wanted any more.
    if (call.isHosted && !lease) return;
    this.expect(lease?.workerId === call.workerId, 'an effect is made by the owner only', call.n);
    this.expect((lease?.leftMs ?? 0) > LEASE_MS / 2, 'no effect begins once half the lease is spent', lease);
  }

  /** What holds for a goal that has ended. */
  async ended({ id, tenantId, plan }: SubmittedGoal): Promise<void> {
    const found = await this.world.store.read(tenantId, id);
    if (!found) return this.expect(false, 'a goal is never lost');
    const { goal, tasks, journal, approvals } = found;
    this.expect(
      journal.every(({ seq }, n) => seq === n + 1),
      'rows are numbered from 1 without gaps',
    );
    const current = tasks.filter(({ planVersion }) => planVersion === goal.planVersion);
    const allDone = current.length === plan.tasks.length && current.every(({ state }) => state === 'SUCCEEDED');
    if (goal.state === 'COMPLETED') this.expect(allDone, 'a completed goal has done everything');
    if (goal.state === 'FAILED') this.expect(goal.error !== null, 'a failure has a reason');
    const late = goal.finishedAt !== null && goal.finishedAt > this.world.calmSince + HEARD_MS;
    const isForgotten = late && this.world.cancelled.has(id) && goal.state !== 'CANCELLED';
    this.expect(!isForgotten, 'a cancel outlives whoever heard it', goal);
    const open = current.filter(({ state }) => !['SUCCEEDED', 'FAILED', 'SKIPPED', 'CANCELLED'].includes(state));
    this.expect(open.length === 0, 'no task of an ended goal is open', open);
    const left = this.world.store.dispatches.newsOf([id]);
    this.expect(left.length === 0, 'no call of an ended goal can be taken', left);
    const { decided } = this.world.person;
    const waiting = approvals.filter(({ id: approval, state }) => state === 'pending' && !decided.has(approval));
    this.expect(waiting.length === 0, 'no approval of an ended goal waits', waiting);
    this.expect(isSameByJournal(found), 'the journal replays to the stored state', found);
    for (const task of tasks) {
      for (const fault of attemptsOf(task, journal)) this.expect(false, fault, { task, journal });
      this.sawRightly(task, tasks);
      this.toldOf(task);
    }
  }

  /** What a task that succeeded was given, and when. */
  private sawRightly(task: TaskRecord, tasks: readonly TaskRecord[]): void {
    if (task.state !== 'SUCCEEDED') return;
    const output = task.output;
    const call = this.callOf(output);
    if (!call)
      return this.expect(
        this.world.person.answersTo(task.id).includes('took_effect'),
        'a result comes from a call',
        task,
      );
    for (const key of task.dependsOn) {
      const needed = tasks.find((each) => each.key === key);
      const given = call.takes[key];
      const right = given === undefined || JSON.stringify(needed?.output) === JSON.stringify({ n: given, good: true });
      this.expect(right, 'a task sees the results that are stored', { task: task.key, key, given });
      const source = this.callOf(needed?.output);
      // Of a call that took effect nobody knows when.
      if (!source) continue;
      const isBefore = source.endedAt !== undefined && source.endedAt < call.startedAt;
      this.expect(isBefore, 'a task runs after what it depends on', { task: task.key, key });
    }
  }

  /** What may have taken effect is not passed over in silence. */
  private toldOf(task: TaskRecord): void {
    const { calls, person } = this.world;
    const isOnce = (call: Call): boolean => ['once', 'pay', 'post'].includes(call.tool);
    const unknown = calls.filter(
      (call) => call.taskId === task.id && isOnce(call) && (call.end === 'unknown' || call.end === 'under way'),
    );
    if (unknown.length <= person.answersTo(task.id).length || task.state === 'SUCCEEDED') return;
    this.expect(task.error?.code === 'outcome_uncertain', 'what may have taken effect is told', {
      task,
      calls: unknown.length,
    });
  }

  private callOf(output: TaskRecord['output']): Call | undefined {
    return this.world.calls.find(({ n }) => JSON.stringify(output) === JSON.stringify({ n, good: true }));
  }

  /** What workers told the operator: only what the scenario has brought about. */
  reported(reports: readonly unknown[]): void {
    for (const report of reports) {
      const isExpected =
        hasCode(report, 'unavailable') || (report instanceof Error && report.message === 'a defect of the tool');
      this.expect(isExpected, 'nothing else goes wrong', report instanceof Error ? report.stack : report);
    }
  }
}

function isSameByJournal({ goal, tasks, journal, plans }: Replayable): boolean {
  const replayed = replay(journal, plans);
  const line = ({
    planVersion,
    key,
    state,
    attempts,
  }: Pick<TaskRecord, 'planVersion' | 'key' | 'state' | 'attempts'>) => `${planVersion}/${key} ${state} ${attempts}`;
  const [told, stored] = [[...replayed.tasks, ...replayed.dropped], tasks].map((all) =>
    all.map(line).toSorted().join(),
  );
  const { state, planVersion, replans, seq } = replayed;
  const isGoal = JSON.stringify([state, planVersion, replans, seq]);
  return told === stored && isGoal === JSON.stringify([goal.state, goal.planVersion, goal.replans, goal.lastSeq]);
}

function isSame(a: TaskRecord, b: TaskRecord): boolean {
  const { position: _, planVersion: __, ...first } = a;
  const { position: ___, planVersion: ____, ...second } = b;
  return JSON.stringify(first) === JSON.stringify(second);
}
