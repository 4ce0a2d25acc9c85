import type { Arena } from '../arena.js';
import type { Built } from '../built.js';
import { median, percentile, within } from '../measure.js';
import { type ProcessorTime, processorTime } from '../processor.js';
import type { Figures } from '../report.js';
import type { Contender } from './contender.js';
import { Counter, tidy } from './counter.js';
import { openEngine } from './engine.js';
import { openFloor } from './floor.js';
import { openHttp } from './http.js';
import { type Lap, compare } from './laps.js';
import { openPeers } from './peers.js';

export interface Size {
  readonly rounds: number;
  /** Goals of a round that run one after another. */
  readonly alone: number;
  /** Goals of a round that run `LANES` at a time. */
  readonly together: number;
  /** Goals that run before anything is measured, until the code is compiled and the caches are warm. */
  readonly warmUp: number;
}

export const DEFAULT_SIZE: Size = { rounds: 5, alone: 100, together: 500, warmUp: 500 };

const LANES = 20;
const LONGEST_LAP_MS = 120_000;

/**
 * A goal of ten `echo` tasks, in two waves of five with a barrier between, from its submission to its recorded end:
 * by the engine in this process, by the whole program over HTTP, as the bare writes of the same rows, and by others
 * who do such work, where they are installed. The contenders take turns, so that what disturbs the machine disturbs
 * all of them.
 */
export async function goal10(built: Built, arena: Arena, size: Size, peers: boolean): Promise<Figures[]> {
  await using engine = await openEngine(built, await arena.place('engine'));
  await using http = await openHttp(built, await arena.place('http'), engine.sample.rows);
  const place = await arena.place('floor');
  await using floor = await openFloor(built, place, engine.sample);
  await using others = await openPeers(arena, peers);
  const contenders: readonly Contender[] = [floor, engine, http, ...others.contenders];
  const laps = new Map<Contender, Lap[]>(contenders.map((contender) => [contender, []]));
  for (const contender of contenders) await inTime(contender, contender.run(size.warmUp, LANES));
  await using counter = await Counter.open(place);
  for (let n = 0; n < size.rounds; n++) {
    for (const contender of contenders) {
      laps.get(contender)!.push(await inTime(contender, runLap(contender, size, counter)));
    }
  }
  for (const contender of contenders) await contender.verify();
  return await compare(laps, {
    baseline: floor,
    against: new Map([
      [engine, [floor, ...others.contenders]],
      [http, [floor, engine]],
    ]),
  });
}

function inTime<T>({ name }: Contender, work: Promise<T>): Promise<T> {
  return within(LONGEST_LAP_MS, `a lap of ${name}`, work);
}

async function runLap(contender: Contender, size: Size, counter: Counter): Promise<Lap> {
  if (contender.place) await tidy(contender.place);
  const start = await counter.commits();
  const alone = await contender.run(size.alone, 1);
  const between = await counter.commits();
  const before = processorTime(contender.processes);
  const began = performance.now();
  await contender.run(size.together, LANES);
  const seconds = (performance.now() - began) / 1000;
  const after = processorTime(contender.processes);
  const end = await counter.commits();
  return {
    perSecond: size.together / seconds,
    p50: median(alone),
    p95: percentile(alone, 0.95),
    commitsAlone: (between - start) / size.alone,
    commits: (end - between) / size.together,
    ...(before && after && { cpu: perGoal(before, after, size.together) }),
  };
}

function perGoal(before: ProcessorTime, after: ProcessorTime, goals: number): ProcessorTime {
  return { node: (after.node - before.node) / goals, server: (after.server - before.server) / goals };
}
