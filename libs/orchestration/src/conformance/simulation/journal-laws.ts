import { publicId } from '#libs/kernel';
import type { JournalEntry } from '../../ports/goal-store.js';
import type { TaskRecord } from '../../ports/goal.js';

/** Rows that end an attempt of a task; what is asked then is what became of it. */
const ENDS = new Set([
  'task.completed',
  'task.failed',
  'task.retried',
  'task.interrupted',
  'task.stopped',
  'approval.required',
]);

/** What the journal says of a task that cannot be: attempts that overlap, a success that is no success, two of them. */
export function attemptsOf(task: TaskRecord, journal: readonly JournalEntry[]): string[] {
  const faults: string[] = [];
  const id = publicId('task', task.id);
  let running: unknown;
  let completed = 0;
  for (const { type, data } of journal) {
    if (data?.['task_id'] !== id) continue;
    const attempt = data['attempt'];
    if (type === 'task.started') {
      if (running !== undefined) faults.push('an attempt begins while another one runs');
      running = attempt;
    }
    if (!ENDS.has(type)) continue;
    running = undefined;
    if (completed > 0) faults.push(`${type} after the task has completed`);
    if (type === 'task.completed') completed += 1;
  }
  if (completed > 0 !== (task.state === 'SUCCEEDED')) faults.push('a success is exactly one task.completed');
  return faults;
}
