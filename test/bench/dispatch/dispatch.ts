import { type Arena, ask } from '../arena.js';
import type { Built } from '../built.js';
import { inLanes, percentile, rounded, within } from '../measure.js';
import { startChild } from '../program/child.js';
import { ApiClient } from '../program/client.js';
import { readFirstRun } from '../program/first-run.js';
import { environmentOf, preparePlace } from '../program/place.js';
import type { Figures } from '../report.js';
import { WATCH, startsSince } from './starts.js';

/** The server keeps the time of each commit. */
export const SERVER_SETTINGS = { track_commit_timestamp: 'on' };

const WARM_UP = 50;
const LONGEST_MS = 120_000;
const ROLES = [
  { ROLE: 'api' },
  // Carries the goals, and must hand on what has to do with files.
  { ROLE: 'worker', WORKER_CAPABILITIES: 'goal_execution,task_execution' },
  { ROLE: 'worker', WORKER_CAPABILITIES: 'file_operations' },
];
const BODY = JSON.stringify({
  description: 'Look into the folder',
  plan: { tasks: [{ id: 'look', tool: 'list_directory', arguments: { path: '.' } }] },
});

/**
 * How soon a task that its goal's owner cannot run itself begins elsewhere: from the commit that hands it on to the
 * commit by which a worker has taken it, after which the call runs. Both times are the server's. One goal after another.
 */
export async function dispatch(built: Built, arena: Arena, goals: number): Promise<Figures> {
  const place = await arena.place('dispatch');
  await preparePlace(built, place);
  await ask(place.administratorUrl, WATCH);
  await using stack = new AsyncDisposableStack();
  const urls: string[] = [];
  for (const role of ROLES) {
    const child = stack.use(await startChild(built, { ...environmentOf(place), ...role }));
    urls.push(child.url);
  }
  using client = await ApiClient.open(urls[0]!, (await readFirstRun(place.dataDir)).api_key);
  const run = (count: number): Promise<number[]> =>
    within(
      LONGEST_MS,
      'the dispatched tasks',
      inLanes(count, 1, () => client.run(BODY)),
    );
  const first = Math.min(WARM_UP, goals);
  await run(first);
  const whole = await run(goals);
  await client.assertCompleted();
  const starts = await startsSince(place, first);
  if (starts.length !== goals) throw new Error(`${starts.length} tasks were dispatched instead of ${goals}`);
  return {
    name: 'dispatch',
    figures: {
      tasks: goals,
      p50_ms: rounded(percentile(starts, 0.5), 2),
      p95_ms: rounded(percentile(starts, 0.95), 2),
      goal_p50_ms: rounded(percentile(whole, 0.5), 2),
    },
  };
}
