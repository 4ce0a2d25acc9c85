import { mkdir } from 'node:fs/promises';
import { type Socket, connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type JsonObject, type JsonValue, isJsonObject, publicId } from '#libs/kernel';
import { EventRecorder, type Transaction } from '#libs/persistence';
import { TestStream, createApiKey } from '#libs/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ChildProgram } from '../journeys/child-program.js';
import { end, submitted } from '../journeys/goals.js';
import { ScriptedGoal } from '../journeys/scripted-goal.js';
import { LIMIT_MS, rounds } from './harness/length.js';
import { sleepTask, task } from './harness/plans.js';
import { soundEnd } from './harness/verdict.js';
import { type Inhabitant, Village } from './harness/village.js';
import { WanderingReader } from './harness/wandering-reader.js';

/** A process that gathered what its readers do not take would not live in a heap of this size. */
const HEAP_MIB = 256;

const LARGE_ROWS = 6_000;
const LARGE_PADDING = 4_000;

const recorder = new EventRecorder();
let village: Village;
let apis: readonly ChildProgram[];
let urls: readonly string[];
const sockets = new Set<Socket>();

beforeAll(async () => {
  village = await Village.open({ environment: { LEASE_SECONDS: '2' } });
  const second = join(village.dataDir, 'second');
  await mkdir(second);
  const small = { NODE_OPTIONS: `--max-old-space-size=${HEAP_MIB}` };
  apis = [
    village.start('api', { environment: small }),
    village.start('api', { environment: { ...small, DATA_DIR: second } }),
  ];
  urls = await Promise.all(apis.map((api) => api.ready()));
}, LIMIT_MS);
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
});
afterAll(() => village.close(), LIMIT_MS);

const on = (path: string): string[] => urls.map((url) => url + path);
const few = (): number => 1 + Math.floor(Math.random() * 6);

function chain(length: number): object[] {
  return Array.from({ length }, (_, n) => {
    const options = { after: n === 0 ? [] : [`t${n - 1}`] };
    return n % 2 === 0 ? sleepTask(`t${n}`, 0.05, options) : task(`t${n}`, 'echo', { n }, options);
  });
}

/** Kills the worker that there is, and starts another one, for as long as `isWanted`. */
async function killWorkers(isWanted: () => boolean): Promise<void> {
  let worker = await village.readyWorker();
  while (isWanted()) {
    await sleep(400 + Math.random() * 800);
    await worker.kill();
    worker = await village.readyWorker();
  }
  await worker.stop();
}

/** Asks for a stream and takes nothing of it. */
function stuckReader(url: string, path: string, token: string): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  sockets.add(socket);
  socket.on('error', () => undefined);
  socket.pause();
  socket.write(`GET ${path} HTTP/1.1\r\nhost: ${hostname}\r\nx-api-key: ${token}\r\nconnection: close\r\n\r\n`);
  return socket;
}

/** Everything that a connection still gives, and whether the answer came to its proper end. */
async function drain(socket: Socket): Promise<{ bytes: number; whole: boolean }> {
  let bytes = 0;
  let tail = '';
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    tail = (tail + chunk.subarray(-5).toString('latin1')).slice(-5);
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.resume();
  await closed;
  return { bytes, whole: tail === '0\r\n\r\n' };
}

describe('a live stream over several processes', () => {
  it(
    'of a goal, cut at random and taken up again elsewhere while workers are killed, has each row once [EVT-4, ORC-16]',
    async () => {
      const inhabitant = await village.settle();
      const client = await village.client(apis[0]!, inhabitant);
      let isDone = false;
      const killing = killWorkers(() => !isDone);
      const goals = Array.from({ length: rounds(4, 40) }, () =>
        submitted(client, { description: 'Followed', plan: { tasks: chain(14) } }),
      );
      const readers = await Promise.all(
        goals.map(async (goal) => {
          const { id } = await goal;
          const reader = new WanderingReader(on(`/api/v1/goals/${id}/events`), inhabitant.token, few);
          await reader.read();
          return { id, reader };
        }),
      );
      isDone = true;
      await killing;
      for (const { id, reader } of readers) {
        const { goal, journal } = await soundEnd(client, id);
        expect(goal.state).toBe('COMPLETED');
        expect(reader.events.map(({ data }) => data)).toEqual(journal);
        expect(reader.events.map((event) => event.id)).toEqual(journal.map(({ seq }) => String(seq)));
        expect(reader.cuts).toBeGreaterThan(1);
      }
    },
    LIMIT_MS,
  );

  it(
    'of a tenant has each event that was committed once and in order, and none that was rolled back [EVT-2, EVT-4]',
    async () => {
      const inhabitant = await village.settle();
      const { tenant, token } = inhabitant;
      const client = await village.client(apis[1]!, inhabitant);
      const reader = new WanderingReader(on('/api/v1/events'), token, few, await standingOf(urls[0]!, token));
      const reading = reader.read(({ data }) => numberOf(data) === 0);
      let isDone = false;
      const killing = killWorkers(() => !isDone);
      const writing = Array.from({ length: rounds(60, 600) }, (_, n) => recordSomehow(tenant.id, n + 1));
      const goals = await Promise.all(
        Array.from({ length: rounds(4, 40) }, () =>
          submitted(client, { description: 'Told of', plan: { tasks: chain(6) } }),
        ),
      );
      await Promise.all(writing);
      for (const { id } of goals) expect((await end(client, id, LIMIT_MS)).state).toBe('COMPLETED');
      isDone = true;
      await killing;
      await record(tenant.id, 0);
      await reading;
      const stored = await village.database.tenants.once<{ id: string }>(
        tenant.id,
        `select id from event where type like 'goal.%' order by epoch, xid, id`,
      );
      const received = reader.events.filter(({ type }) => type.startsWith('goal.'));
      expect(received.map(({ data }) => data.id)).toEqual(stored.map(({ id }) => publicId('evt', id)));
      expect(received.some(({ data }) => Number(numberOf(data)) < 0)).toBe(false);
      expect(reader.cuts).toBeGreaterThan(5);
    },
    LIMIT_MS,
  );
});

describe('a reader of a live stream who takes nothing', () => {
  /** A goal with a journal of some 24 MB: more than sockets hold on both sides. */
  async function largeGoal({ tenant }: Inhabitant): Promise<ScriptedGoal> {
    const goal = await ScriptedGoal.create(village.database, tenant.id);
    await goal.append(LARGE_ROWS, { padding: LARGE_PADDING });
    await goal.finish();
    return goal;
  }

  it(
    'costs its process little memory and no other reader anything, and gets everything once it reads [EVT-4]',
    async () => {
      const inhabitant = await village.settle();
      const goal = await largeGoal(inhabitant);
      const stuck = Array.from({ length: 12 }, () => stuckReader(urls[0]!, goal.path, inhabitant.token));
      await sleep(1_000);
      for (let n = 0; n < 3; n++) {
        const other = await ScriptedGoal.create(village.database, inhabitant.tenant.id);
        await other.append(50);
        await other.finish();
        const stream = await TestStream.open(urls[0]! + other.path, inhabitant.token);
        expect(await stream.rest()).toHaveLength(52);
      }
      const { bytes, whole } = await drain(stuck[0]!);
      expect(whole).toBe(true);
      expect(bytes).toBeGreaterThan(LARGE_ROWS * LARGE_PADDING);
      expect(apis[0]!.hasEnded).toBe(false);
    },
    LIMIT_MS,
  );

  it(
    'loses its stream within seconds when its right is taken away elsewhere, and so does one who reads [EVT-4, KEY-5]',
    async () => {
      const inhabitant = await village.settle();
      const { tenant } = inhabitant;
      const goal = await largeGoal(inhabitant);
      const open = await ScriptedGoal.create(village.database, tenant.id);
      const key = await createApiKey(village.database, tenant);
      const stuck = urls.map((url) => stuckReader(url, goal.path, key.token));
      const reading = await Promise.all(on(open.path).map((url) => TestStream.open(url, key.token)));
      const ends = Promise.all(reading.map((stream) => stream.rest()));
      await sleep(500);
      await village.database.tenants.once(tenant.id, `update api_key set status = 'revoked' where id = $1`, [key.id]);
      expect(await Promise.race([ends, sleep(10_000)])).toEqual([[], []]);
      await expectCut(stuck);
    },
    LIMIT_MS,
  );

  it(
    'loses its stream within seconds when the tenant is suspended elsewhere, and so does one who reads [EVT-4]',
    async () => {
      const inhabitant = await village.settle();
      const { tenant, token } = inhabitant;
      const goal = await largeGoal(inhabitant);
      const stuck = urls.map((url) => stuckReader(url, goal.path, token));
      const place = await standingOf(urls[0]!, token);
      const reading = await Promise.all(
        on('/api/v1/events').map((url) => TestStream.open(url, token, { 'last-event-id': place })),
      );
      const ends = Promise.all(reading.map((stream) => stream.rest()));
      await sleep(500);
      await village.database.system.once(
        `update tenant set status = 'SUSPENDED', suspension_reason = 'admin' where id = $1`,
        [tenant.id],
      );
      expect(await Promise.race([ends, sleep(10_000)])).toEqual([[], []]);
      await expectCut(stuck);
    },
    LIMIT_MS,
  );

  /** After the time in which a right is looked at again nothing follows but what is under way. */
  async function expectCut(stuck: readonly Socket[]): Promise<void> {
    await sleep(3_000);
    for (const socket of stuck) {
      const { bytes } = await drain(socket);
      expect(bytes).toBeLessThan(0.7 * LARGE_ROWS * LARGE_PADDING);
    }
  }
});

/** Where the stream of a tenant stands now. */
async function standingOf(url: string, token: string): Promise<string> {
  const stream = await TestStream.open(`${url}/api/v1/events`, token);
  const next = stream.next();
  await expect.poll(() => stream.lastEventId, { timeout: 10_000 }).not.toBe('');
  stream.close();
  await next.catch(() => undefined);
  return stream.lastEventId;
}

/** The number of an event of this test. */
function numberOf({ data }: JsonObject): JsonValue | undefined {
  return isJsonObject(data) ? data['n'] : undefined;
}

function record(tenantId: string, n: number): Promise<void> {
  return village.database.tenants.run(tenantId, (transaction) => recordIn(transaction, tenantId, n));
}

function recordIn(transaction: Transaction, tenantId: string, n: number): Promise<void> {
  const event = { type: 'goal.created' as const, actor: { kind: 'user' }, resource: null, data: { n } };
  return recorder.record(transaction, tenantId, [event]);
}

/** Committed at once, committed after a while, or taken back after a while: with a number below zero. */
async function recordSomehow(tenantId: string, n: number): Promise<void> {
  await sleep(Math.random() * 2_000);
  const [isSlow, isTakenBack] = [Math.random() < 0.4, Math.random() < 0.3];
  const taken = new Error('taken back');
  await village.database.tenants
    .run(tenantId, async (transaction) => {
      await recordIn(transaction, tenantId, isTakenBack ? -n : n);
      if (isSlow) await sleep(Math.random() * 80);
      if (isTakenBack) throw taken;
    })
    .catch((error: unknown) => {
      if (error !== taken) throw error;
    });
}
