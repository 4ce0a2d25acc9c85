import { cutPage, decodeCursor, formatOptionalTime, formatTime } from '#libs/http';
import { type ReplayedGoal, type ReplayedTask, isFinal } from '#libs/orchestration';
import { z } from 'zod';
import type { ReplayQuery, ReplayView, ReplayedTaskView } from './replay.schemas.js';

const positionCursor = z.int32().nonnegative();

/** What of the replayed goal the view shows beside the row itself. */
type StateView = Omit<ReplayView, 'goal_id' | 'seq' | 'previous_seq' | 'next_seq' | 'last_seq' | 'row'>;

/** The state of a goal then. `total` counts the tasks of the plan, which may not have been made yet; `key` is the row's. */
export function stateView(goal: ReplayedGoal, total: number, key: unknown, query: ReplayQuery): StateView {
  const { state, held, paused, halted, planVersion, replans, tasks } = goal;
  const after = decodeCursor(query.cursor, positionCursor) ?? -1;
  const shown = tasks.filter(({ position }) => position > after).slice(0, query.limit + 1);
  const changed = tasks.find((task) => task.key === key);
  return {
    state,
    held,
    paused: paused && { since: formatTime(new Date(paused.since)), by: { ...paused.by }, reason: paused.reason },
    halted,
    plan_version: planVersion,
    replans,
    progress: progressOf(goal, total),
    changed_task: changed ? taskView(changed) : null,
    tasks: cutPage(shown, query.limit, taskView, ({ position }) => position) as StateView['tasks'],
  };
}

function progressOf({ state, tasks }: ReplayedGoal, total: number): ReplayView['progress'] {
  const of = (wanted: ReplayedTask['state']): number => tasks.filter((task) => task.state === wanted).length;
  const [succeeded, failed, running] = [of('SUCCEEDED'), of('FAILED'), of('RUNNING')];
  return { total, succeeded, failed, running, waiting: isFinal(state) ? 0 : total - succeeded - failed - running };
}

function taskView(task: ReplayedTask): ReplayedTaskView {
  return {
    key: task.key,
    id: task.taskId,
    state: task.state,
    attempts: task.attempts,
    error_code: task.errorCode,
    approval_id: task.approvalId,
    started_at: formatOptionalTime(dateOf(task.startedAt)),
    finished_at: formatOptionalTime(dateOf(task.finishedAt)),
    seq: task.seq === 0 ? null : task.seq,
  };
}

function dateOf(milliseconds: number | null): Date | null {
  return milliseconds === null ? null : new Date(milliseconds);
}
