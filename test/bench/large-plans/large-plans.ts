import { setTimeout as wait } from 'node:timers/promises';
import type { Arena } from '../arena.js';
import type { Built } from '../built.js';
import { MEGABYTE, heldMegabytes } from '../heap.js';
import { inLanes, median, rounded, within } from '../measure.js';
import { type Sent, bodyOf } from '../program/body.js';
import { assertAllCompleted, openInProcess } from '../program/in-process.js';
import type { Figures } from '../report.js';

const RUNS = 3;
const LONGEST_RUN_MS = 60_000;
const EARLY = 0.2;
const LATE = 0.8;
/** What each task gives back: large enough for results that are kept to be seen. */
const VALUE = 'x'.repeat(1_000);

type Plan = NonNullable<Sent['plan']>;

/** Each task waits for the one before it. */
export function chainOf(tasks: number): Plan {
  return planOf(tasks, (n) => (n === 0 ? {} : { depends_on: [`t${n - 1}`] }));
}

/** All may run at once. */
export function fanOutOf(tasks: number): Plan {
  return planOf(tasks, () => ({}));
}

function planOf(tasks: number, more: (n: number) => { depends_on?: string[] }): Plan {
  return {
    tasks: Array.from({ length: tasks }, (_, n) => ({
      id: `t${n}`,
      tool: 'echo',
      arguments: { value: VALUE },
      ...more(n),
    })),
  };
}

/**
 * One goal of many tasks, in process: tasks per second, from the submission to the recorded end, and what the process
 * holds when about a fifth and about four fifths of the time have gone by. The difference is what finished tasks leave
 * in memory. The memory is looked at in runs of their own, because looking takes time.
 */
export async function largePlan(built: Built, arena: Arena, name: string, plan: Plan): Promise<Figures> {
  await using program = await openInProcess(built, await arena.place('engine'));
  const run = (): Promise<void> => program.user.run(bodyOf({ description: name, plan }));
  const durations: number[] = [];
  // The first run compiles the code and is not counted.
  for (let n = 0; n <= RUNS; n++) {
    const took = await inLanes(1, 1, () => within(LONGEST_RUN_MS, name, run()));
    if (n > 0) durations.push(...took);
  }
  const held: Held[] = [];
  for (let n = 0; n < RUNS; n++) held.push(await within(LONGEST_RUN_MS, name, watch(run(), median(durations))));
  await assertAllCompleted(program.opened, program.opened.tenantId);
  const tasks = plan.tasks.length;
  const between = tasks * (LATE - EARLY);
  return {
    name,
    figures: {
      tasks,
      tasks_per_second: rounded((tasks / median(durations)) * 1000, 0),
      held_at_20_percent_mb: median(held.map(({ early }) => early)),
      held_at_80_percent_mb: median(held.map(({ late }) => late)),
      growth_per_task_bytes: rounded((median(held.map(({ early, late }) => late - early)) * MEGABYTE) / between, 0),
    },
  };
}

/** In megabytes. */
interface Held {
  readonly early: number;
  readonly late: number;
}

async function watch(running: Promise<void>, durationMs: number): Promise<Held> {
  await wait(durationMs * EARLY);
  const early = heldMegabytes();
  await wait(durationMs * (LATE - EARLY));
  const late = heldMegabytes();
  await running;
  return { early, late };
}
