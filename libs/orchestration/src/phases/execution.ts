import { type Place, Places } from '../dispatch/places.js';
import { isFatal } from '../orchestration.errors.js';
import { expireApprovals, nextExpiry } from '../governor/approvals.js';
import type { GovernorDeps } from '../governor/deps.js';
import type { GoalRun } from '../governor/run.js';
import type { TaskRun } from '../governor/task-run.js';
import { LeaseLost, type Saver } from '../governor/saver.js';
import { maxAttempts } from '../plan/plan.js';
import type { Failure } from '../ports/tools.js';
import { Attempt } from './attempt.js';

/** How a stretch of execution ended. */
export type ExecutionEnd = 'executed' | 'check_failed' | 'task_failed' | 'approval_refused' | 'waiting' | 'interrupted';

/**
 * Runs the tasks of a goal: what the graph allows at the same time, up to the limit; in its order otherwise. It ends
 * when nothing runs any more and nothing may be started: tasks that wait for a person do not keep it here.
 */
export class Execution {
  private readonly ready: number[] = [];
  /** Position → database time of the next attempt. */
  private readonly delayed = new Map<number, number>();
  private readonly unmet: number[];
  /** Tasks that wait for a person. */
  private readonly awaiting = new Set<TaskRun>();
  private running = 0;
  private readonly places: Places;
  private end: 'check_failed' | 'task_failed' | 'approval_refused' | undefined;
  private wake: () => void = () => undefined;
  private readonly attempt: Attempt;

  constructor(
    private readonly run: GoalRun,
    private readonly deps: GovernorDeps,
    saver: Saver,
  ) {
    this.attempt = new Attempt(run, deps, saver);
    this.places = new Places(run, deps);
    this.unmet = run.graph.dependencies.map(
      (needed) => needed.filter((position) => run.tasks[position]?.state !== 'SUCCEEDED').length,
    );
    for (const [position, task] of run.tasks.entries()) {
      if (task.state === 'AWAITING_APPROVAL') this.awaiting.add(task);
      if (run.dispatches.callOf(task)) this.start(position, task);
      else this.offer(position, task);
    }
    for (const task of run.tasks) if (task.state === 'FAILED') this.stopFor(task);
  }

  async untilDone(): Promise<ExecutionEnd> {
    const stopListening = this.run.interrupts.onChange(() => this.wake());
    this.run.onDecided = (task) => {
      this.follow(this.run.graph.positionOf.get(task.key)!, task);
      this.wake();
    };
    try {
      for (;;) {
        this.expire();
        const pause = this.mayStart() ? this.startWhatMayStart() : undefined;
        if (!this.mayStart()) this.places.leaveLine();
        if (this.running === 0 && pause === undefined) break;
        await this.somethingHappens(this.untilExpiry(pause));
      }
    } finally {
      stopListening();
      this.run.onDecided = () => undefined;
    }
    if (this.run.interrupts.current) return 'interrupted';
    return this.end ?? (this.awaiting.size > 0 ? 'waiting' : 'executed');
  }

  private expire(): void {
    if (this.awaiting.size === 0) return;
    for (const task of expireApprovals(this.run, this.awaiting)) {
      this.follow(this.run.graph.positionOf.get(task.key)!, task);
    }
  }

  private untilExpiry(pause: number | undefined): number | undefined {
    const expiry = this.awaiting.size === 0 ? null : nextExpiry(this.awaiting);
    if (expiry === null) return pause;
    return Math.min(pause ?? Infinity, Math.max(expiry - this.run.now(), 0));
  }

  private mayStart(): boolean {
    return this.end === undefined && this.run.interrupts.current === undefined;
  }

  /** Starts what it can; gives the milliseconds until the next retry is due, or undefined when none waits for its time. */
  private startWhatMayStart(): number | undefined {
    const soonest = this.takeDue();
    while (this.running < this.deps.limits.goalConcurrency) {
      const position = this.ready.shift();
      if (position === undefined) break;
      this.start(position, this.run.tasks[position]!);
    }
    return soonest;
  }

  /** Moves retries whose time has come to the ready ones. */
  private takeDue(): number | undefined {
    let soonest: number | undefined;
    for (const [position, dueAt] of this.delayed) {
      const wait = dueAt - this.run.now();
      if (wait > 0) soonest = Math.min(soonest ?? wait, wait);
      else {
        this.delayed.delete(position);
        this.ready.push(position);
      }
    }
    return soonest;
  }

  private start(position: number, task: TaskRun): void {
    this.running += 1;
    void this.runOne(position, task);
  }

  private async runOne(position: number, task: TaskRun): Promise<void> {
    let place: Place | undefined;
    try {
      const dispatch = this.run.dispatches.callOf(task);
      const planned = this.run.plan.tasks[position]!;
      if (dispatch) await this.attempt.resume(task, planned, dispatch);
      else {
        place = await this.places.find(planned);
        // While it waited for its place the goal may have been stopped.
        if (place && this.mayStart()) await this.attempt.make(task, planned, place);
      }
      this.follow(position, task);
    } catch (error) {
      if (error instanceof LeaseLost) this.run.interrupts.raise({ kind: 'lost' });
      else {
        this.giveUp(task, error);
        this.follow(position, task);
      }
    } finally {
      if (place?.kind === 'here') place.release();
      this.running -= 1;
      this.wake();
    }
  }

  /** What the end of an attempt means for the rest. */
  private follow(position: number, task: TaskRun): void {
    if (task.state === 'AWAITING_APPROVAL') this.awaiting.add(task);
    else this.awaiting.delete(task);
    if (task.state === 'READY') this.offer(position, task);
    else if (task.state === 'FAILED') this.stopFor(task);
    else if (task.state === 'SUCCEEDED') {
      for (const each of this.run.graph.dependents[position] ?? []) {
        this.unmet[each]! -= 1;
        this.offer(each, this.run.tasks[each]!);
      }
    }
  }

  private offer(position: number, task: TaskRun): void {
    if (this.unmet[position]! > 0) return;
    if (task.state === 'PENDING') {
      task.state = 'READY';
      this.run.changes.touch(task);
    }
    if (task.state !== 'READY') return;
    if (task.retryAt === null) this.ready.push(position);
    else this.delayed.set(position, task.retryAt);
  }

  private giveUp(task: TaskRun, error: unknown): void {
    this.deps.report(error, { goalId: this.run.goal.id, taskId: task.id });
    this.attempt.failInternally(task);
  }

  private stopFor(task: TaskRun): void {
    const error = task.error ?? { code: 'internal_error', detail: 'It failed for a reason that was not recorded.' };
    if (isFatal(error)) {
      const detail = `Task "${task.key}": ${error.detail}`;
      this.run.interrupts.raise({ kind: 'abort', failure: { code: error.code, detail } });
      return;
    }
    this.end ??= endOf(error);
    const attempts = `failed after ${task.attempts} of ${maxAttempts(this.planTask(task))} attempts`;
    const what = this.end === 'approval_refused' ? 'was not approved' : attempts;
    this.run.failure ??= { code: this.end, detail: `Task "${task.key}" ${what}: ${error.detail}` };
  }

  private planTask(task: TaskRun) {
    return this.run.plan.tasks[this.run.graph.positionOf.get(task.key)!]!;
  }

  private async somethingHappens(milliseconds: number | undefined): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      // Node fires at once for delays beyond 31 bits.
      if (milliseconds !== undefined) timer = setTimeout(resolve, Math.min(milliseconds, 2 ** 31 - 1));
    });
    clearTimeout(timer);
  }
}

function endOf({ code }: Failure): 'check_failed' | 'task_failed' | 'approval_refused' {
  return code === 'check_failed' || code === 'approval_refused' ? code : 'task_failed';
}
