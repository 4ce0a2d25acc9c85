import type { Capability, WorkerInfo } from '../ports/workers.js';

/** How the worker for a piece of work is chosen (WRK-2). The choice is a hint: whoever claims the work has it. */
export const STRATEGIES = ['ROUND_ROBIN', 'LEAST_LOADED', 'WEIGHTED_RANDOM', 'CAPABILITY_MATCH'] as const;

export type Strategy = (typeof STRATEGIES)[number];

/** A worker that could take the work, measured for what the work needs. */
interface Candidate {
  readonly worker: WorkerInfo;
  /** 0 is idle. For tasks the share of its capacity that is taken, below 1; for goals their number. */
  readonly load: number;
  /** What it could still take, above 0. Goals have no limit that others know, so the more it has, the less there is. */
  readonly room: number;
}

/** At least one candidate, in the order of their ids. */
type Candidates = readonly [Candidate, ...Candidate[]];

interface Chance {
  /** From 0 up to, and without, 1. */
  readonly random: () => number;
  /** The id that was chosen before for the same need. */
  readonly previous: string | undefined;
}

type Choice = (candidates: Candidates, chance: Chance) => Candidate;

const CHOICES: Readonly<Record<Strategy, Choice>> = {
  ROUND_ROBIN: (all, { previous }) =>
    (previous === undefined ? undefined : all.find(({ worker }) => worker.id > previous)) ?? all[0],
  LEAST_LOADED: (all, chance) => lowest(all, ({ load }) => load, chance),
  WEIGHTED_RANDOM: (all, chance) => weighted(all, chance),
  CAPABILITY_MATCH: (all, chance) => {
    const fewest = Math.min(...all.map(({ worker }) => worker.capabilities.size));
    return lowest(all, ({ worker, load }) => (worker.capabilities.size === fewest ? load : Infinity), chance);
  },
};

/**
 * Chooses workers, and remembers what it chose: the directory is as old as a heartbeat, so that without that all work
 * of a moment would go to the same worker. What is remembered belongs to the `WorkerInfo` object that was chosen, and is
 * forgotten when the directory brings a newer one. Strategies that know no order decide between equals by chance, so
 * that several processes do not all begin with the same worker.
 */
export class Placement {
  private readonly given = new WeakMap<WorkerInfo, { goals: number; tasks: number }>();
  private readonly previous = new Map<Capability, string>();

  /** `random` gives numbers from 0 up to, and without, 1. */
  constructor(
    private readonly strategy: Strategy,
    private readonly random: () => number,
  ) {}

  /**
   * The worker for work that needs `needs`; undefined where none has the capability and room for it. Goals have no
   * limit here: a worker that is full passes the hint on.
   */
  choose(workers: readonly WorkerInfo[], needs: Capability): WorkerInfo | undefined {
    const [first, ...others] = workers
      .filter(({ capabilities }) => capabilities.has(needs))
      .map((worker) => this.measure(worker, needs))
      .filter(({ room }) => room > 0)
      .toSorted((a, b) => (a.worker.id < b.worker.id ? -1 : 1));
    if (!first) return undefined;
    const chance = { random: this.random, previous: this.previous.get(needs) };
    const { worker } = CHOICES[this.strategy]([first, ...others], chance);
    this.remember(worker, needs);
    return worker;
  }

  /** Whether some worker has the capability and room for more. */
  hasRoom(workers: readonly WorkerInfo[], needs: Capability): boolean {
    return workers.some((worker) => worker.capabilities.has(needs) && this.measure(worker, needs).room > 0);
  }

  private measure(worker: WorkerInfo, needs: Capability): Candidate {
    const given = this.given.get(worker) ?? { goals: 0, tasks: 0 };
    if (needs === 'goal_execution') {
      const goals = worker.goals + given.goals;
      return { worker, load: goals, room: 1 / (1 + goals) };
    }
    const tasks = worker.running + given.tasks;
    return { worker, load: tasks / worker.capacity, room: worker.capacity - tasks };
  }

  private remember(worker: WorkerInfo, needs: Capability): void {
    const given = this.given.get(worker) ?? { goals: 0, tasks: 0 };
    if (needs === 'goal_execution') given.goals += 1;
    else given.tasks += 1;
    this.given.set(worker, given);
    this.previous.set(needs, worker.id);
  }
}

function lowest(all: Candidates, value: (candidate: Candidate) => number, { random }: Chance): Candidate {
  const least = Math.min(...all.map(value));
  const equals = all.filter((candidate) => value(candidate) === least);
  return equals[Math.floor(random() * equals.length)] ?? all[0];
}

function weighted(all: Candidates, { random }: Chance): Candidate {
  let point = random() * all.reduce((sum, { room }) => sum + room, 0);
  for (const candidate of all) {
    point -= candidate.room;
    if (point < 0) return candidate;
  }
  // Only by the rounding of sums.
  return all[all.length - 1] ?? all[0];
}
