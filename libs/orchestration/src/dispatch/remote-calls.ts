import { taskData } from '../governor/change-log.js';
import type { GovernorDeps } from '../governor/deps.js';
import type { GoalRun } from '../governor/run.js';
import type { Saver } from '../governor/saver.js';
import type { TaskRun } from '../governor/task-run.js';
import { failure } from '../orchestration.errors.js';
import type { NewDispatch } from '../ports/dispatch.js';
import type { ToolCall } from '../ports/tools.js';
import type { GateRequest } from '../safety/gate.js';
import type { Passage } from '../ports/passage.js';

/** How long a worker may take to stop a call that it was told to stop. Milliseconds. */
const STOP_MS = 1_500;
/** How often to look then. Milliseconds. */
const LOOK_MS = 250;

/** A call for another worker: what its gate is asked, and for what it is made. */
export interface RemoteCall {
  readonly task: TaskRun;
  readonly request: GateRequest;
  readonly call: ToolCall;
  readonly purpose: NewDispatch['purpose'];
  /** Why it is not made here. */
  readonly reason: string;
}

/**
 * Hands calls to other workers and waits for how they end. The call is stored in the same commit as the state of its
 * task, so that both are there or neither; after that it outlives the owner of its goal.
 */
export class RemoteCalls {
  constructor(
    private readonly run: GoalRun,
    private readonly deps: Pick<GovernorDeps, 'ids' | 'store' | 'placement' | 'workers' | 'workerId' | 'report'>,
    private readonly saver: Saver,
  ) {}

  /** How the call ended; `left` when it goes on, and whoever owns the goal next hears of its end. Throws LeaseLost. */
  async make({ task, request, call, purpose, reason }: RemoteCall): Promise<Passage | 'left'> {
    const { tool, approvable, approval, activeMs } = request;
    const { submitter, usage } = request.goal;
    const { signal: _ours, ...stored } = call;
    const dispatch: NewDispatch = {
      id: this.deps.ids(),
      taskId: task.id,
      attempt: task.attempts,
      purpose,
      needs: tool.needs,
      repeatable: tool.facts(call.arguments).effect !== 'non_idempotent',
      hint: this.hintFor(tool.needs),
      work: { call: stored, submitter, usage, activeMs, approvable, approval },
    };
    this.enqueue(task, dispatch, reason);
    await this.saver.saveBeforeEffect();
    return this.untilEnded(task, dispatch.id, purpose === 'call');
  }

  /** Waits for a call that another worker was given when the goal had another owner. */
  resume(task: TaskRun, id: string): Promise<Passage | 'left'> {
    return this.untilEnded(task, id, true);
  }

  private hintFor(needs: NewDispatch['needs']): string | null {
    const others = this.deps.workers.live().filter(({ id }) => id !== this.deps.workerId);
    return this.deps.placement.choose(others, needs)?.id ?? null;
  }

  private enqueue(task: TaskRun, dispatch: NewDispatch, reason: string): void {
    const { id, taskId, attempt, purpose, needs } = dispatch;
    const { changes, dispatches, goal } = this.run;
    dispatches.add({ id, goalId: goal.id, taskId, attempt, purpose, workerId: null, startedAt: null, ending: null });
    changes.dispatch(dispatch);
    if (purpose === 'call') {
      task.state = 'QUEUED';
      task.workerId = null;
      task.startedAt = null;
      changes.touch(task);
    }
    changes.record('task.queued', { reason, data: { ...taskData(task), needs, purpose, ...changes.intentOf(task) } });
  }

  private async untilEnded(task: TaskRun, id: string, mayLeave: boolean): Promise<Passage | 'left'> {
    const { dispatches, interrupts } = this.run;
    for (let isPauseKnown = false; ;) {
      this.note(task, id);
      const ending = dispatches.get(id)?.ending;
      if (ending) return this.close(task, id, ending);
      const kind = interrupts.current?.kind;
      if (kind === 'lost' || (kind === 'handover' && mayLeave)) return 'left';
      if (interrupts.signal.aborted) return this.close(task, id, await this.withdraw(id));
      const isNewPause = kind === 'pause' && !isPauseKnown;
      isPauseKnown = kind === 'pause';
      // Nothing new is begun while the goal is paused; what has begun may end.
      if (isNewPause && (await this.takeBack(id)) === 'unbegun') return this.close(task, id, { kind: 'unasked' });
      await this.news(id);
    }
  }

  /** That a worker has begun is part of the task. */
  private note(task: TaskRun, id: string): void {
    const known = this.run.dispatches.get(id);
    if (!known?.workerId || known.purpose !== 'call' || task.workerId === known.workerId) return;
    task.state = 'RUNNING';
    task.workerId = known.workerId;
    task.startedAt = Math.max(known.startedAt ?? 0, task.startedAt ?? 0);
    this.run.changes.touch(task);
  }

  private close(task: TaskRun, id: string, passage: Passage): Passage {
    this.note(task, id);
    this.run.dispatches.remove(id);
    this.run.changes.endDispatchWith(task.id, id);
    return passage;
  }

  /** Takes the call back. One that has begun is told to stop, and mostly says how it ended. */
  private async withdraw(id: string): Promise<Passage> {
    const { run } = this;
    if ((await this.takeBack(id, 'stop')) === 'unbegun') return { kind: 'unasked' };
    const end = run.now() + STOP_MS;
    for (let left = STOP_MS; left > 0; left = end - run.now()) {
      const ending = run.dispatches.get(id)?.ending;
      if (ending) return ending;
      await this.news(id, Math.min(left, LOOK_MS));
    }
    const error = failure('interrupted', 'The worker that ran it was told to stop, and has not answered.');
    return { kind: 'ran', outcome: { ok: false, error, retryable: false, violation: false, uncertain: true } };
  }

  /** Sees to it that nobody begins the call any more; one that has begun is stopped, or left alone. */
  private takeBack(id: string, begun: 'stop' | 'leave' = 'leave'): Promise<'unbegun' | 'begun'> {
    return this.deps.store.withdraw(this.run.lease, id, begun).catch((error: unknown) => {
      this.deps.report(error, { goalId: this.run.goal.id });
      return 'begun' as const;
    });
  }

  /** Resolves at news of the call, when something interrupts the goal, or after `milliseconds`, having looked itself. */
  private async news(id: string, milliseconds?: number): Promise<void> {
    const { run, deps } = this;
    const { promise, resolve } = Promise.withResolvers<void>();
    const stopNews = run.dispatches.onNews(id, resolve);
    const stopInterrupts = run.interrupts.onChange(resolve);
    const look = (): void => {
      deps.store
        .dispatchNews([run.lease])
        .then((all) => all.forEach((news) => run.dispatches.hear(news)))
        .catch((error: unknown) => deps.report(error, { goalId: run.goal.id }))
        .finally(resolve);
    };
    const timer = milliseconds === undefined ? undefined : setTimeout(look, milliseconds);
    await promise;
    clearTimeout(timer);
    stopNews();
    stopInterrupts();
  }
}
