import type { Arena } from '../arena.js';
import type { Built } from '../built.js';
import { inLanes, median, percentile, within } from '../measure.js';
import type { Figures } from '../report.js';
import type { Contender } from './contender.js';
import { openEngine } from './engine.js';
import { openFloor } from './floor.js';
import { openHttp } from './http.js';
import { Counter, tidy } from './counter.js';

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

/** One contender's part of a round. */
interface Lap {
  readonly perSecond: number;
  readonly alone: readonly number[];
  readonly commitsAlone: number;
  readonly commits: number;
}

/**
 * A goal of ten `echo` tasks, in two waves of five with a barrier between, from its submission to its recorded end:
 * by the engine in this process, by the whole program over HTTP, and as the bare writes of the same rows. The
 * contenders take turns, so that what disturbs the machine disturbs all of them.
 */
export async function goal10(built: Built, arena: Arena, size: Size): Promise<Figures[]> {
  await using engine = await openEngine(built, arena.place('engine'));
  await using http = await openHttp(built, arena.place('http'));
  const sample = await engine.sample();
  await using floor = await openFloor(built, arena.place('floor'), sample);
  const contenders: readonly Contender[] = [floor, engine, http];
  const laps = new Map<Contender, Lap[]>(contenders.map((contender) => [contender, []]));
  for (const contender of contenders) await inLanes(size.warmUp, LANES, () => contender.run());
  await using counter = await Counter.open(floor.place);
  for (let n = 0; n < size.rounds; n++) {
    for (const contender of contenders) {
      laps
        .get(contender)!
        .push(await within(LONGEST_LAP_MS, `a lap of ${contender.name}`, runLap(contender, size, counter)));
    }
  }
  for (const contender of contenders) await contender.verify();
  return contenders.map((contender) => {
    const own = figuresOf(contender.name, laps.get(contender)!, sample.rows);
    return contender === floor ? own : { ...own, ...against(floor.name, laps.get(floor)!, laps.get(contender)!) };
  });
}

async function runLap(contender: Contender, size: Size, counter: Counter): Promise<Lap> {
  await tidy(contender.place);
  const start = await counter.commits();
  const alone = await inLanes(size.alone, 1, () => contender.run());
  const between = await counter.commits();
  const began = performance.now();
  await inLanes(size.together, LANES, () => contender.run());
  const seconds = (performance.now() - began) / 1000;
  const end = await counter.commits();
  return {
    perSecond: size.together / seconds,
    alone,
    commitsAlone: (between - start) / size.alone,
    commits: (end - between) / size.together,
  };
}

function figuresOf(name: string, laps: readonly Lap[], rows: number): Figures {
  const middle = (of: (lap: Lap) => number, digits: number): number => round(median(laps.map(of)), digits);
  return {
    name,
    goals_per_second: middle((lap) => lap.perSecond, 1),
    p50_ms: middle((lap) => percentile(lap.alone, 0.5), 2),
    p95_ms: middle((lap) => percentile(lap.alone, 0.95), 2),
    rows_per_goal: rows,
    commits_per_goal_alone: middle((lap) => lap.commitsAlone, 2),
    commits_per_goal: middle((lap) => lap.commits, 3),
  };
}

/** The ratio is taken round by round, so that a machine that slows down on the way does not bend it. */
function against(name: string, baseline: readonly Lap[], laps: readonly Lap[]): Pick<Figures, 'baseline' | 'ratio'> {
  const { goals_per_second, p50_ms } = figuresOf(name, baseline, 0);
  const ratios = laps.map((lap, n) => lap.perSecond / baseline[n]!.perSecond);
  return { baseline: { name, goals_per_second, p50_ms }, ratio: round(median(ratios), 3) };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
