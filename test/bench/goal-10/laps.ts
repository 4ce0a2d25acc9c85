import { median, rounded } from '../measure.js';
import type { ProcessorTime } from '../processor.js';
import type { Figures } from '../report.js';
import type { Contender } from './contender.js';

/** One contender's part of a round. */
export interface Lap {
  /** Goals per second while many run at the same time. */
  readonly perSecond: number;
  /** Of a goal with nothing beside it, from its submission until its end is known, in milliseconds. */
  readonly p50: number;
  readonly p95: number;
  /** Transactions that wrote something in PostgreSQL, for a goal alone. */
  readonly commitsAlone: number;
  /** The same while many run. */
  readonly commits: number;
  /** Of one goal while many run, in milliseconds; the submitting loop is in it where it runs in the same process. */
  readonly cpu?: ProcessorTime;
}

interface Sides {
  readonly baseline: Contender;
  /** Who is set against whom, besides. */
  readonly against: ReadonlyMap<Contender, readonly Contender[]>;
}

/** The medians over the rounds. */
export async function compare(laps: ReadonlyMap<Contender, readonly Lap[]>, sides: Sides): Promise<Figures[]> {
  const { baseline, against } = sides;
  const all: Figures[] = [];
  for (const [contender, own] of laps) {
    const ratios = (of: (lap: Lap) => number): Record<string, number> =>
      Object.fromEntries(
        (against.get(contender) ?? []).map((other) => [other.name, ratioOf(of, own, laps.get(other)!)]),
      );
    all.push({
      ...(await figuresOf(contender, own)),
      ...(contender === baseline ? {} : comparison(baseline.name, own, laps.get(baseline)!)),
      ...(against.has(contender) ? { ratios: ratios(perSecond), p50_ratios: ratios((lap) => lap.p50) } : {}),
    });
  }
  return all;
}

async function figuresOf({ name, place, rows }: Contender, laps: readonly Lap[]): Promise<Figures> {
  const middle = (of: (lap: Lap) => number, digits: number): number => rounded(median(laps.map(of)), digits);
  return {
    name,
    figures: {
      goals_per_second: middle(perSecond, 1),
      p50_ms: middle(({ p50 }) => p50, 2),
      p95_ms: middle(({ p95 }) => p95, 2),
      ...(rows && { rows_per_goal: await rows() }),
      ...(laps.every(({ cpu }) => cpu) && {
        node_cpu_ms: middle(({ cpu }) => cpu!.node, 2),
        server_cpu_ms: middle(({ cpu }) => cpu!.server, 2),
      }),
      ...(place && {
        commits_per_goal_alone: middle(({ commitsAlone }) => commitsAlone, 2),
        commits_per_goal: middle(({ commits }) => commits, 3),
      }),
    },
  };
}

function comparison(name: string, own: readonly Lap[], baseline: readonly Lap[]): Pick<Figures, 'baseline' | 'ratio'> {
  const goals_per_second = rounded(median(baseline.map(perSecond)), 1);
  const p50_ms = rounded(median(baseline.map(({ p50 }) => p50)), 2);
  return { baseline: { name, goals_per_second, p50_ms }, ratio: ratioOf(perSecond, own, baseline) };
}

/** A ratio is taken round by round, so that a machine that slows down on the way does not bend it. */
function ratioOf(of: (lap: Lap) => number, laps: readonly Lap[], others: readonly Lap[]): number {
  return rounded(median(laps.map((lap, n) => of(lap) / of(others[n]!))), 3);
}

function perSecond(lap: Lap): number {
  return lap.perSecond;
}
