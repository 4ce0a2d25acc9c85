import { openArena } from './arena.js';
import type { Built } from './built.js';
import { type Size, goal10 } from './goal-10/goal-10.js';
import { SERVER_SETTINGS as DISPATCH_SETTINGS, dispatch } from './dispatch/dispatch.js';
import { SERVER_SETTINGS as IDLE_SETTINGS, idle } from './idle/idle.js';
import { chainOf, fanOutOf, largePlan } from './large-plans/large-plans.js';
import { noisy } from './noisy/noisy.js';
import { processes } from './processes/processes.js';
import type { Figures } from './report.js';
import { waiting } from './waiting/waiting.js';

export interface Options {
  readonly goal10: Size;
  /** Whether goal-10 is also run by others who do such work, where they are installed. */
  readonly peers: boolean;
  /** The counts of the other benchmarks are multiplied by this. */
  readonly scale: number;
}

type Benchmark = (built: Built, options: Options) => Promise<readonly Figures[]>;

/** In the order in which they run. Each has a PostgreSQL of its own. */
export const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  'goal-10': async (built, options) => {
    await using arena = await openArena(built);
    return await goal10(built, arena, options.goal10, options.peers);
  },
  chain: async (built, options) => {
    await using arena = await openArena(built);
    return [await largePlan(built, arena, 'chain', chainOf(scaled(1_000, options)))];
  },
  'fan-out': async (built, options) => {
    await using arena = await openArena(built);
    return [await largePlan(built, arena, 'fan-out', fanOutOf(scaled(5_000, options)))];
  },
  waiting: async (built, options) => {
    await using arena = await openArena(built);
    return [await waiting(built, arena, scaled(10_000, options))];
  },
  noisy: async (built, options) => {
    await using arena = await openArena(built);
    return [await noisy(built, arena, scaled(10_000, options))];
  },
  processes: async (built, options) => {
    await using arena = await openArena(built);
    return await processes(built, arena, scaled(500, options));
  },
  dispatch: async (built, options) => {
    await using arena = await openArena(built, DISPATCH_SETTINGS);
    return [await dispatch(built, arena, scaled(300, options))];
  },
  idle: async (built, options) => {
    await using arena = await openArena(built, IDLE_SETTINGS);
    return await idle(built, arena, options.scale);
  },
};

function scaled(count: number, { scale }: Options): number {
  return Math.max(10, Math.round(count * scale));
}
