import {
  type AsyncCommand,
  array,
  assert,
  asyncModelRun,
  asyncProperty,
  commands,
  constantFrom,
  integer,
  nat,
  record,
} from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ReleaseSlot, SlotPool } from './slots.js';

/** Somebody who has asked for a slot. */
interface Asker {
  readonly tenant: string;
  readonly rank: number;
  /** Gives up a place in the line, or a slot. */
  readonly leave: () => void;
  readonly slot: { release: ReleaseSlot | undefined };
}

/** The pool as its description has it, without a thought for speed: askers in the order in which they came. */
interface Model {
  readonly size: number;
  held: Asker[];
  /** In the order in which they came. */
  waiting: Asker[];
  /** Tenants that have waited since, the one whose turn was longest ago first. */
  turns: string[];
}

/** Who gets the next slot: of the tenants with the fewest slots the one whose turn is due; of that the first of the highest rank. */
function nextOf({ held, waiting, turns }: Model): Asker | undefined {
  const slotsOf = (tenant: string): number => held.filter((each) => each.tenant === tenant).length;
  const fewest = Math.min(...turns.map(slotsOf));
  const tenant = turns.find((each) => slotsOf(each) === fewest);
  const queue = waiting.filter((each) => each.tenant === tenant);
  const highest = Math.max(...queue.map(({ rank }) => rank));
  return queue.find(({ rank }) => rank === highest);
}

function grant(model: Model): void {
  const asker = model.held.length < model.size ? nextOf(model) : undefined;
  if (!asker) return;
  model.held.push(asker);
  model.waiting = model.waiting.filter((each) => each !== asker);
  model.turns = model.turns.filter((tenant) => tenant !== asker.tenant);
  if (model.waiting.some(({ tenant }) => tenant === asker.tenant)) model.turns.push(asker.tenant);
}

/** Grants arrive a moment later. */
async function compare(model: Model): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  expect(model.held.every(({ slot }) => slot.release !== undefined)).toBe(true);
  expect(model.waiting.every(({ slot }) => slot.release === undefined)).toBe(true);
  expect(model.held.length).toBeLessThanOrEqual(model.size);
  // A slot is never free while somebody waits.
  expect(model.waiting.length === 0 || model.held.length === model.size).toBe(true);
}

class Ask implements AsyncCommand<Model, SlotPool> {
  constructor(
    private readonly tenant: string,
    private readonly rank: number,
  ) {}
  check = (): boolean => true;
  async run(model: Model, pool: SlotPool): Promise<void> {
    const { tenant, rank } = this;
    const given = pool.acquire(tenant, rank);
    const slot: Asker['slot'] = { release: typeof given === 'function' ? given : undefined };
    const leave = typeof given === 'function' ? () => undefined : () => given.withdraw();
    if (typeof given !== 'function') void given.granted.then((release) => (slot.release = release));
    const asker = { tenant, rank, leave, slot };
    if (typeof given === 'function') model.held.push(asker);
    else {
      model.waiting.push(asker);
      if (!model.turns.includes(tenant)) model.turns.push(tenant);
    }
    await compare(model);
  }
  toString = (): string => `ask(${this.tenant}, ${this.rank})`;
}

class Release implements AsyncCommand<Model, SlotPool> {
  constructor(private readonly n: number) {}
  check = ({ held }: Readonly<Model>): boolean => held.length > 0;
  async run(model: Model): Promise<void> {
    const asker = model.held.splice(this.n % model.held.length, 1)[0];
    const { release } = asker?.slot ?? {};
    release?.();
    // The second time is without effect.
    release?.();
    grant(model);
    await compare(model);
  }
  toString = (): string => `release(${this.n})`;
}

class Leave implements AsyncCommand<Model, SlotPool> {
  constructor(private readonly n: number) {}
  check = ({ waiting }: Readonly<Model>): boolean => waiting.length > 0;
  async run(model: Model): Promise<void> {
    const [asker] = model.waiting.splice(this.n % model.waiting.length, 1);
    asker?.leave();
    const left = new Set(model.waiting.map(({ tenant }) => tenant));
    model.turns = model.turns.filter((tenant) => left.has(tenant));
    await compare(model);
    expect(asker?.slot.release).toBeUndefined();
  }
  toString = (): string => `leave(${this.n})`;
}

const tenant = constantFrom('a', 'b', 'c');
const steps = commands(
  [
    record({ tenant, rank: nat(3) }).map((given) => new Ask(given.tenant, given.rank)),
    record({ tenant, rank: nat(3) }).map((given) => new Ask(given.tenant, given.rank)),
    nat(10).map((n) => new Release(n)),
    nat(10).map((n) => new Release(n)),
    nat(10).map((n) => new Leave(n)),
  ],
  { maxCommands: 40 },
);

describe('the slots of a process, whoever asks, leaves and gives back', () => {
  it('go to whom the rule names, and never lie idle while somebody waits [WRK-2]', async () => {
    await assert(
      asyncProperty(integer({ min: 1, max: 4 }), steps, async (size, given) => {
        const model: Model = { size, held: [], waiting: [], turns: [] };
        await asyncModelRun(() => ({ model, real: new SlotPool(size) }), given);
      }),
      { numRuns: 200 },
    );
  });

  it('are shared alike by tenants that always wait, to within one slot, whatever the others are in line with [WRK-2]', async () => {
    await assert(
      asyncProperty(
        integer({ min: 1, max: 5 }),
        // Enough of both to wait until the end, also where all that is given back comes from one of them.
        record({ noisy: integer({ min: 35, max: 60 }), quiet: integer({ min: 35, max: 45 }), rank: nat(3) }),
        array(nat(20), { minLength: 20, maxLength: 20 }),
        async (size, lines, order) => {
          const pool = new SlotPool(size);
          const held: { tenant: string; release: ReleaseSlot }[] = [];
          const got = { noisy: 0, quiet: 0 };
          const ask = (name: 'noisy' | 'quiet', rank: number): void => {
            const slot = pool.acquire(name, rank);
            const take = (release: ReleaseSlot | undefined): void => {
              if (!release) return;
              got[name] += 1;
              held.push({ tenant: name, release });
            };
            if (typeof slot === 'function') take(slot);
            else void slot.granted.then(take);
          };
          for (let n = 0; n < lines.noisy; n++) ask('noisy', lines.rank);
          for (let n = 0; n < lines.quiet; n++) ask('quiet', 0);
          // Until what the noisy one had before anybody else came is given back, it has more.
          for (const release of held.splice(0).map((each) => each.release)) release();
          await new Promise((resolve) => setImmediate(resolve));
          for (const n of order) {
            held.splice(n % held.length, 1)[0]?.release();
            await new Promise((resolve) => setImmediate(resolve));
            const [noisy, quiet] = ['noisy', 'quiet'].map(
              (name) => held.filter(({ tenant: each }) => each === name).length,
            );
            expect(Math.abs((noisy ?? 0) - (quiet ?? 0))).toBeLessThanOrEqual(1 + (size % 2 === 0 ? 1 : 0));
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
