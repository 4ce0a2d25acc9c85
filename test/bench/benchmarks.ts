import { openArena } from './arena.js';
import type { Built } from './built.js';
import { type Size, goal10 } from './goal-10/goal-10.js';
import type { Figures } from './report.js';

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
};
