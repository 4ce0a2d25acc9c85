import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestClient, onDatabase, testServer } from '#libs/testing';
import { submitted, until } from '../journeys/goals.js';
import { LIMIT_MS, PATIENCE_MS } from './harness/length.js';
import { VisiblePlan, sleepTask } from './harness/plans.js';
import { keysOf, soundEnd } from './harness/verdict.js';
import { Village } from './harness/village.js';
import { allEnded, eventually } from './harness/waiting.js';

/** More than the connections of a pool: each tenant's question hangs on one of its own. */
const TENANTS = 5;

let village: Village;
let address: string;
let clients: readonly TestClient[];

beforeAll(async () => {
  village = await Village.open({ environment: { DATABASE_POOL_SIZE: '2', LEASE_SECONDS: '5' } });
  const inhabitants = await Promise.all(Array.from({ length: TENANTS }, () => village.settle()));
  const worker = village.worker();
  address = await village.start('api').ready();
  clients = inhabitants.map(({ token }) => new TestClient(address, token));
  await worker.ready();
}, LIMIT_MS);
afterAll(() => village.close(), LIMIT_MS);

/** Whatever asks who holds a key waits, and its connection with it, until the client is ended. */
async function blockKeys(): Promise<Client> {
  const name = new URL(village.database.connection.url ?? '').pathname.slice(1);
  const blocker = new Client({ connectionString: onDatabase(testServer().administratorUrl, name) });
  await blocker.connect();
  await blocker.query('begin; lock table api_key in access exclusive mode');
  return blocker;
}

const LEASES = `
  select lease_token::int as token, wake_at > clock_timestamp() as holds from goal
   where state not in ('COMPLETED', 'FAILED', 'CANCELLED') order by id`;
const BEAT = 'select max(heartbeat_at)::text as beat from worker';
const WAITING = `
  select count(*)::int as count from pg_locks
   where not granted and relation = 'api_key'::regclass
     and database = (select oid from pg_database where datname = current_database())`;

const leases = () => village.database.system.once<{ token: number; holds: boolean }>(LEASES);
const beat = async () => (await village.database.system.once<{ beat: string }>(BEAT))[0]!.beat;
const waiting = async () => (await village.database.system.once<{ count: number }>(WAITING))[0]!.count;

describe('a pool whose connections all hang', () => {
  it(
    'leaves leases and heartbeats alone, and is told to callers instead of letting them hang [ORC-16, WRK-1]',
    async () => {
      const plans = clients.map((_, n) => new VisiblePlan(village.witness, `pool${n}`));
      const goals = await Promise.all(
        clients.map((client, n) => {
          const tasks = [sleepTask('rest', 1.5), plans[n]!.put('put', { after: ['rest'] })];
          return submitted(client, { description: plans[n]!.name, plan: { tasks } });
        }),
      );
      for (const [n, { id }] of goals.entries())
        await until(clients[n]!, id, ({ progress }) => progress.running === 1, PATIENCE_MS);
      const [before, firstBeat] = [await leases(), await beat()];
      const blocker = await blockKeys();
      let blocked = true;
      try {
        // Who holds a key is remembered for a moment: until then they are answered.
        const asked = clients.map((client) => firstRefusal(client, () => blocked));
        // Both connections of the API and both of the worker.
        await eventually(async () => (await waiting()) >= 4);
        const refused = await eventually(async () => {
          const alive = await fetch(new URL('/health', address));
          expect(alive.status).toBe(200);
          expect(await leases()).toEqual(before.map(({ token }) => ({ token, holds: true })));
          const answers = (await Promise.all(asked.map(orPending))).filter((status) => status !== 'pending');
          return answers.length >= TENANTS - 2 && answers;
        });
        // Those that no connection was left for: the others wait for an answer still.
        expect(refused).toEqual(refused.map(() => 503));
        expect(await beat()).not.toBe(firstBeat);
      } finally {
        blocked = false;
        await blocker.end();
      }
      await allEnded(village);
      for (const [n, { id }] of goals.entries()) {
        const { goal, journal } = await soundEnd(clients[n]!, id);
        expect(goal).toMatchObject({ state: 'COMPLETED', error: null });
        expect(keysOf(journal, 'task.interrupted')).toEqual([]);
        expect(village.witness.of(plans[n]!.pathOf('put'))).toHaveLength(1);
      }
    },
    LIMIT_MS,
  );
});

/** The first answer that is no success, or the last one once that is over. */
async function firstRefusal(client: TestClient, goesOn: () => boolean): Promise<number> {
  for (;;) {
    const { status } = await client.get('/api/v1/goals');
    if (status !== 200 || !goesOn()) return status;
    await sleep(50);
  }
}

function orPending(answer: Promise<number>): Promise<number | 'pending'> {
  return Promise.race([answer, new Promise<'pending'>((resolve) => setImmediate(resolve, 'pending'))]);
}
