import type { Arena } from '../arena.js';
import type { Built } from '../built.js';
import { GOAL } from '../goal-10/goal.js';
import { inLanes, median, rounded, within } from '../measure.js';
import { type Child, startChild } from '../program/child.js';
import { ApiClient } from '../program/client.js';
import { readFirstRun } from '../program/first-run.js';
import { environmentOf, preparePlace } from '../program/place.js';
import type { Figures } from '../report.js';

const LANES = 40;
const WARM_UP = 400;
const ROUNDS = 5;
const LONGEST_LAP_MS = 120_000;
const BODY = JSON.stringify(GOAL);

/** An API process and some workers over one database. */
interface Fleet extends AsyncDisposable {
  readonly workers: number;
  readonly client: ApiClient;
}

/**
 * goal-10 by HTTP with two worker processes and with four, each fleet over a database of its own, taking turns. The
 * ratio is four by two: on a machine with two cores nothing can be won by it, and nothing should be lost.
 */
export async function processes(built: Built, arena: Arena, goals: number): Promise<Figures[]> {
  await using two = await openFleet(built, arena, 2);
  await using four = await openFleet(built, arena, 4);
  const run = async ({ client, workers }: Fleet, count: number): Promise<number> => {
    const began = performance.now();
    await within(
      LONGEST_LAP_MS,
      `a lap of ${workers} workers`,
      inLanes(count, LANES, () => client.run(BODY)),
    );
    return count / ((performance.now() - began) / 1000);
  };
  const rates = new Map<Fleet, number[]>([two, four].map((fleet) => [fleet, []]));
  for (const fleet of [two, four]) await run(fleet, Math.min(WARM_UP, goals));
  for (let n = 0; n < ROUNDS; n++) for (const fleet of [two, four]) rates.get(fleet)!.push(await run(fleet, goals));
  for (const { client } of [two, four]) await client.assertCompleted();
  const rateOf = (fleet: Fleet): number => rounded(median(rates.get(fleet)!), 1);
  const ratios = rates.get(four)!.map((rate, n) => rate / rates.get(two)![n]!);
  const base = { name: nameOf(two), goals_per_second: rateOf(two) };
  return [
    { name: base.name, figures: { goals_per_second: base.goals_per_second } },
    {
      name: nameOf(four),
      figures: { goals_per_second: rateOf(four) },
      baseline: base,
      ratio: rounded(median(ratios), 3),
    },
  ];
}

function nameOf({ workers }: Fleet): string {
  return `processes-${workers}`;
}

async function openFleet(built: Built, arena: Arena, workers: number): Promise<Fleet> {
  await using stack = new AsyncDisposableStack();
  const place = await arena.place(`workers_${workers}`);
  const settings = environmentOf(place);
  await preparePlace(built, place);
  const start = async (role: string): Promise<Child> => stack.use(await startChild(built, { ...settings, ROLE: role }));
  const { url } = await start('api');
  for (let n = 0; n < workers; n++) await start('worker');
  const { api_key } = await readFirstRun(place.dataDir);
  const client = await ApiClient.open(url, api_key);
  stack.use(client);
  const opened = stack.move();
  return { workers, client, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
