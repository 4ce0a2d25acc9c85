import { setTimeout as sleep } from 'node:timers/promises';
import type { EventCursor, NewEvent } from '#libs/events';
import { type TestTenant, createTenant, createTestDatabase } from '#libs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../database.js';
import type { Transaction } from '../transaction.js';
import { EventLogReader, LOG_START } from './event-log-reader.js';
import { EventRecorder } from './event-recorder.js';

const WRITERS = 8;
const TRANSACTIONS = 25;

const recorder = new EventRecorder();
let database: Database;
let tenant: TestTenant;
let other: TestTenant;
let reader: EventLogReader;

beforeAll(async () => {
  database = await createTestDatabase({ poolSize: WRITERS + 6 });
  [tenant, other] = [await createTenant(database), await createTenant(database)];
  reader = new EventLogReader(database.tenants);
});
afterAll(() => database.close());

function numbered(n: number): NewEvent {
  return { type: 'goal.created', actor: { kind: 'user' }, resource: null, data: { n } };
}

/** What a reader has got, in its order. */
interface Reading {
  readonly numbers: number[];
  /** Looks once; whether there was nothing, nor anything about to come. */
  look(): Promise<boolean>;
}

/** Follows the log as the product does. Pages are small, so that many end in the middle of something. */
function careful(tenantId: string, from: EventCursor = LOG_START): Reading {
  const numbers: number[] = [];
  let cursor = from;
  const look = async (): Promise<boolean> => {
    const { events, unsettled } = await reader.follow(tenantId, cursor, 7);
    numbers.push(...events.map((event) => Number(event.data?.n)));
    cursor = events.at(-1)?.cursor ?? cursor;
    return events.length === 0 && !unsettled;
  };
  return { numbers, look };
}

/** Follows the log by an order alone, without asking which transactions still run. */
function naive(tenantId: string, behind: string, order: string): Reading {
  const numbers: number[] = [];
  let place = { id: LOG_START.id, xid: LOG_START.xid };
  const sql = `select id, xid::text as xid, data from event
    where tenant_id = $1 and ${behind} and $2::uuid is not null and $3::xid8 is not null order by ${order} limit 7`;
  const look = async (): Promise<boolean> => {
    type Row = { id: string; xid: string; data: { n: number } };
    const rows = await database.tenants.once<Row>(tenantId, sql, [tenantId, place.id, place.xid]);
    numbers.push(...rows.map((row) => row.data.n));
    place = rows.at(-1) ?? place;
    return rows.length === 0;
  };
  return { numbers, look };
}

async function followUntil(reading: Reading, over: Promise<unknown>): Promise<number[]> {
  const writers = { done: false };
  const ended = over.finally(() => (writers.done = true));
  for (let idle = false; !idle;) {
    const { done } = writers;
    idle = (await reading.look()) && done;
    await sleep(2);
  }
  await ended;
  return reading.numbers;
}

/** How a transaction that records goes about it: which of the numbers given to it are recorded when, and its end. */
type Way = (transaction: Transaction, record: (n: number) => Promise<void>, next: () => number) => Promise<void>;

const pause = (): Promise<void> => sleep(Math.random() * 40);
const ways: readonly Way[] = [
  async (_transaction, record, next) => record(next()),
  async (_transaction, record, next) => {
    await record(next());
    await pause();
    await record(next());
  },
  // Its place in the order is taken long before there is anything to see.
  async (transaction, record, next) => {
    await transaction.query('select pg_current_xact_id()');
    await pause();
    await record(next());
  },
  async (_transaction, record, next) => {
    await record(next());
    await pause();
    throw new Error('rolled back');
  },
];

/** Records in a transaction of the given way; the numbers count only once it has been committed. */
async function recordBy(way: Way, next: () => number, committed: number[]): Promise<void> {
  const own: number[] = [];
  const work = (transaction: Transaction): Promise<void> =>
    way(
      transaction,
      async (n) => {
        await recorder.record(transaction, tenant.id, [numbered(n)]);
        own.push(n);
      },
      next,
    );
  try {
    await database.tenants.run(tenant.id, work);
    committed.push(...own);
  } catch (error) {
    if (!(error instanceof Error) || error.message !== 'rolled back') throw error;
  }
}

/** Many writers at once, and one transaction that is open from before the first to after the last of them. */
async function writeAll(committed: number[]): Promise<void> {
  let last = 0;
  const next = (): number => (last += 1);
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const { promise: rest, resolve: end } = Promise.withResolvers<void>();
  const longest: Way = async (_transaction, write) => {
    await write(next());
    begin();
    await rest;
  };
  const longOne = recordBy(longest, next, committed);
  await begun;
  const writer = async (): Promise<void> => {
    for (let n = 0; n < TRANSACTIONS; n++)
      await recordBy(ways[Math.floor(Math.random() * ways.length)]!, next, committed);
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
  await sleep(50);
  end();
  await longOne;
}

describe('the reader of the event log', () => {
  it('reads each committed event once, in an order that never changes, where a naive reader misses some [EVT-2]', async () => {
    const committed: number[] = [];
    const readings = [
      careful(tenant.id),
      naive(tenant.id, 'id > $2', 'id'),
      naive(tenant.id, '(xid, id) > ($3, $2)', 'event.xid, id'),
    ];
    const writing = writeAll(committed);
    const [followed, byId, byXid] = await Promise.all(readings.map((reading) => followUntil(reading, writing)));

    expect(committed.length).toBeGreaterThan(WRITERS * TRANSACTIONS * 0.5);
    expect(followed!.toSorted((a, b) => a - b)).toEqual(committed.toSorted((a, b) => a - b));
    const again = await reader.after(tenant.id, LOG_START, 10_000);
    expect(again.map((event) => event.data?.n)).toEqual(followed);
    for (const missed of [byId!, byXid!]) expect(new Set(missed).size).toBeLessThan(committed.length);
  });

  it('goes on from any event exactly behind it [EVT-2] [EVT-4]', async () => {
    const all = await reader.after(tenant.id, LOG_START, 10_000);
    for (let n = 0; n < all.length; n += 17) {
      const rest = await reader.after(tenant.id, all[n]!.cursor, 10_000);
      expect(rest.map(({ id }) => id)).toEqual(all.slice(n + 1).map(({ id }) => id));
    }
    expect(await reader.end(tenant.id)).toEqual(all.at(-1)!.cursor);
  });

  it('says while something recorded cannot be read yet [EVT-4]', async () => {
    const cursor = await reader.end(tenant.id);
    const [opened, done] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const older = database.tenants.run(tenant.id, async (transaction) => {
      await transaction.query('select pg_current_xact_id()');
      opened.resolve();
      await done.promise;
    });
    await opened.promise;
    await recordBy(ways[0]!, () => 1_000_001, []);
    expect(await reader.follow(tenant.id, cursor, 10)).toEqual({ events: [], unsettled: true });
    done.resolve();
    await older;
    const settled = careful(tenant.id, cursor);
    while (!(await settled.look())) await sleep(5);
    expect(settled.numbers).toEqual([1_000_001]);
  });

  it("reads no other tenant's events [TEN-5]", async () => {
    expect(await reader.after(other.id, LOG_START, 10)).toEqual([]);
    expect(await reader.end(other.id)).toEqual(LOG_START);
  });
});
