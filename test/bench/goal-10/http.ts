import type { Place } from '../arena.js';
import type { Built } from '../built.js';
import { inLanes } from '../measure.js';
import { startChild } from '../program/child.js';
import { ApiClient } from '../program/client.js';
import { readFirstRun } from '../program/first-run.js';
import { environmentOf } from '../program/place.js';
import type { Contender } from './contender.js';
import { GOAL } from './goal.js';

const BODY = JSON.stringify(GOAL);

/** The whole program: goals go in by POST over kept connections, their ends come by the tenant's stream. */
export async function openHttp(built: Built, place: Place, rows: number): Promise<Contender> {
  const child = await startChild(built, environmentOf(place));
  try {
    const { api_key } = await readFirstRun(place.dataDir);
    const client = await ApiClient.open(child.url, api_key);
    return {
      name: 'goal-10-http',
      place,
      processes: { node: child.pid, server: place.serverPid },
      run: (times, lanes) => inLanes(times, lanes, () => client.run(BODY)),
      rows: async () => rows,
      verify: () => client.assertCompleted(),
      [Symbol.asyncDispose]: async () => {
        client[Symbol.dispose]();
        await child[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await child[Symbol.asyncDispose]();
    throw error;
  }
}
