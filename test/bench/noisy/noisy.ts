import type { Arena } from '../arena.js';
import type { Built } from '../built.js';
import { GOAL } from '../goal-10/goal.js';
import { inLanes, percentile, rounded, within } from '../measure.js';
import { bodyOf } from '../program/body.js';
import { type User, assertAllCompleted, openInProcess } from '../program/in-process.js';
import { addTenant } from '../program/second-tenant.js';
import type { Figures } from '../report.js';
import { fillQueue, untilQuiet } from './noise.js';

const LANES = 20;
const WARM_UP = 500;
/** Of the quiet tenant's goals when it is alone. */
const SAMPLES = 300;
const LONGEST_MS = 180_000;
const BODY = bodyOf(GOAL);

/**
 * A tenant that runs one goal after another, first by itself, then while another tenant has a long queue. The ratio is
 * that of the 95th percentiles: 1 would be no difference.
 */
export async function noisy(built: Built, arena: Arena, goals: number): Promise<Figures> {
  const place = await arena.place('engine');
  await using program = await openInProcess(built, place);
  const { tenantId } = program.opened;
  const neighbour = await addTenant(built, program);
  using quiet = neighbour.user;
  await inLanes(Math.min(WARM_UP, goals), LANES, () => quiet.run(BODY));
  const alone = await within(
    LONGEST_MS,
    'the goals alone',
    inLanes(Math.min(SAMPLES, goals), 1, () => quiet.run(BODY)),
  );
  await fillQueue(place, program.user, BODY, goals);
  const began = performance.now();
  const noise = { end: undefined as number | undefined };
  const ended = untilQuiet(place, tenantId).then(() => (noise.end = performance.now()));
  const beside = await within(
    LONGEST_MS,
    'the goals beside a noisy tenant',
    runWhile(quiet, () => noise.end === undefined),
  );
  const seconds = ((await ended) - began) / 1000;
  await assertAllCompleted(program.opened, tenantId);
  await assertAllCompleted(program.opened, neighbour.id);
  const base = { name: 'noisy-base', p50_ms: p(alone, 0.5), p95_ms: p(alone, 0.95) };
  return {
    name: 'noisy',
    figures: {
      noise_goals: goals,
      noise_goals_per_second: rounded(goals / seconds, 0),
      samples: beside.length,
      base_p95_ms: base.p95_ms,
      p50_ms: p(beside, 0.5),
      p95_ms: p(beside, 0.95),
    },
    baseline: base,
    ratio: rounded(percentile(beside, 0.95) / percentile(alone, 0.95), 2),
  };
}

async function runWhile(user: User, more: () => boolean): Promise<number[]> {
  const durations: number[] = [];
  while (more()) durations.push(...(await inLanes(1, 1, () => user.run(BODY))));
  return durations;
}

function p(values: readonly number[], share: number): number {
  return rounded(percentile(values, share), 2);
}
