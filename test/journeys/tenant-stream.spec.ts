import { setTimeout as sleep } from 'node:timers/promises';
import type { EventType } from '#libs/events';
import { newId, publicId } from '#libs/kernel';
import { EventRecorder, type Transaction } from '#libs/persistence';
import {
  type TestProgram,
  TestStream,
  type TestStreamEvent,
  type TestTenant,
  createApiKey,
  createTenant,
  startTestProgram,
} from '#libs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const PATH = '/api/v1/events';
const recorder = new EventRecorder();
let program: TestProgram;
let tenant: TestTenant;
let token: string;

beforeAll(async () => {
  program = await startTestProgram();
  tenant = await createTenant(program.database);
  ({ token } = await createApiKey(program.database, tenant));
});
afterAll(() => program.close());

function open(key = token, headers: Record<string, string> = {}): Promise<TestStream> {
  return TestStream.open(program.url + PATH, key, headers);
}

function recordIn(transaction: Transaction, tenantId: string, n: number, type: EventType): Promise<void> {
  const event = { type, actor: { kind: 'user' }, resource: { kind: 'goal' as const, id: newId() }, data: { n } };
  return recorder.record(transaction, tenantId, [event]);
}

function record(n: number, type: EventType = 'goal.created', tenantId = tenant.id): Promise<void> {
  return program.database.tenants.run(tenantId, (transaction) => recordIn(transaction, tenantId, n, type));
}

function numbers(events: readonly TestStreamEvent[]): number[] {
  return events.map(({ data }) => Number((data.data as { n?: number }).n));
}

/** Without the issue of the key: it was recorded a moment before the stream was opened, and may come first (see below). */
function sinceOpening(events: readonly TestStreamEvent[]): TestStreamEvent[] {
  return events.filter(({ type }) => type !== 'apikey.created');
}

let markers = 0;

/**
 * Opens a stream that stands: its place in the log has been taken, and everything up to a mark has been read. What was
 * recorded a moment before may come first, where an older transaction was still running then.
 */
async function standing(key = token): Promise<TestStream> {
  const stream = await open(key);
  const mark = (markers -= 1);
  await record(mark);
  while (numbers(await stream.take(1))[0] !== mark);
  return stream;
}

describe("a tenant's live stream", () => {
  it('tells what is recorded from now on, with public ids [EVT-4]', async () => {
    await record(1);
    const stream = await standing();
    const goal = newId();
    await program.database.tenants.run(tenant.id, (transaction) =>
      recorder.record(transaction, tenant.id, [
        { type: 'goal.completed', actor: { kind: 'worker' }, resource: { kind: 'goal', id: goal }, data: { n: 2 } },
        { type: 'goal.failed', actor: { kind: 'worker' }, resource: null, data: null },
      ]),
    );
    const [completed, failed] = await stream.take(2);
    expect(completed?.type).toBe('goal.completed');
    expect(completed?.data).toEqual({
      id: expect.stringMatching(/^evt_[0-9a-z]{26}$/),
      type: 'goal.completed',
      at: expect.stringMatching(/Z$/),
      actor: { kind: 'worker' },
      resource: { kind: 'goal', id: publicId('goal', goal) },
      data: { n: 2 },
      request_id: null,
    });
    expect(failed?.data).toMatchObject({ type: 'goal.failed', resource: null, data: null });
    stream.close();
  });

  it('shows only what the credential may see, and nothing of other tenants [EVT-4] [TEN-5]', async () => {
    const other = await createTenant(program.database);
    const { token: viewer } = await createApiKey(program.database, tenant, { scopes: ['goal:read'] });
    const [all, some] = [await standing(), await standing(viewer)];
    await all.take(1);
    await record(1, 'apikey.created');
    await record(2, 'goal.created', other.id);
    await record(3);
    expect(numbers(await all.take(2))).toEqual([1, 3]);
    expect(numbers(await some.take(1))).toEqual([3]);
    for (const stream of [all, some]) stream.close();
  });

  it('goes on behind the last event, also where none had come yet [EVT-4]', async () => {
    const first = await open();
    // What was not for this reader moves its place on all the same.
    const next = first.next();
    await expect.poll(() => first.lastEventId).not.toBe('');
    first.close();
    await next.catch(() => undefined);
    await record(1);
    await record(2);
    const second = await open(token, { 'last-event-id': first.lastEventId });
    const [event] = await second.take(1);
    second.close();
    expect(numbers([event!])).toEqual([1]);
    const third = await TestStream.open(`${program.url}${PATH}?last_event_id=${event!.id}`, token);
    expect(numbers(await third.take(1))).toEqual([2]);
    third.close();
  });

  it('cut at random among slow and fast transactions, adds up to what was committed [EVT-2] [EVT-4]', async () => {
    const committed: number[] = [];
    let last = 0;
    const slow = async (): Promise<void> => {
      const n = (last += 1);
      await program.database.tenants.run(tenant.id, async (transaction) => {
        await recordIn(transaction, tenant.id, n, 'goal.created');
        await sleep(Math.random() * 60);
      });
      committed.push(n);
    };
    const fast = async (): Promise<void> => {
      const n = (last += 1);
      await record(n);
      committed.push(n);
    };
    const writer = async (): Promise<void> => {
      for (let n = 0; n < 40; n++) await (Math.random() < 0.4 ? slow() : fast());
    };
    let stream = await standing();
    const writing = Promise.all([writer(), writer(), writer(), writer()]).then(() => record(0));
    const got: TestStreamEvent[] = [];
    while (numbers(got.slice(-1))[0] !== 0) {
      got.push(...(await stream.take(1)));
      if (Math.random() > 0.2) continue;
      stream.close();
      stream = await open(token, { 'last-event-id': got.at(-1)!.id });
    }
    stream.close();
    await writing;
    expect(numbers(got).toSorted((a, b) => a - b)).toEqual([0, ...committed.toSorted((a, b) => a - b)]);
  });

  it.each(['x', 'WzFd', Buffer.from('[1,"x","y"]').toString('base64url')])(
    'refuses "%s" for an id [EVT-4]',
    async (id) => {
      const { status, body } = await program.client(token).get(PATH, { headers: { 'last-event-id': id } });
      expect([status, body.code]).toEqual([400, 'invalid_input']);
      expect(body.errors).toMatchObject([{ path: '$header.Last-Event-ID' }]);
    },
  );

  it.each([
    ['the key is revoked', `update api_key set status = 'revoked' where id = $1`],
    ['its scope is taken away', `update api_key set scopes = '{tool:read}' where id = $1`],
    ['it expires', `update api_key set expires_at = now() - interval '1 second' where id = $1`],
    [
      'its owner is deactivated',
      `update membership set status = 'DEACTIVATED' where user_id = (select owner_user_id from api_key where id = $1)`,
    ],
  ])('ends when %s [EVT-4] [KEY-5]', async (_what, sql) => {
    const own = await createTenant(program.database);
    const key = await createApiKey(program.database, own);
    const stream = await open(key.token);
    await program.database.tenants.once(own.id, sql, [key.id]);
    expect(sinceOpening(await stream.rest())).toEqual([]);
  });

  it('ends when the tenant is suspended, and tells nothing after that [EVT-4]', async () => {
    const own = await createTenant(program.database);
    const stream = await open((await createApiKey(program.database, own)).token);
    await program.database.system.once(
      `update tenant set status = 'SUSPENDED', suspension_reason = 'admin' where id = $1`,
      [own.id],
    );
    await sleep(1_000);
    await record(1, 'goal.created', own.id);
    expect(sinceOpening(await stream.rest())).toEqual([]);
  });

  it('is documented with its format and its refusals', async () => {
    type Document = { paths: Record<string, { get: { responses: Record<string, { content?: object }> } }> };
    const { body } = await program.client().get<Document>('/openapi.json');
    for (const path of [PATH, '/api/v1/goals/{goal_id}/events']) {
      const { responses } = body.paths[path]!.get;
      expect(JSON.stringify(responses['200']?.content)).toContain('event: ');
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(['400', '401', '403', '429', '503']));
    }
  });
});

describe('live streams of a process', () => {
  it('are bounded, in all and for one credential', async () => {
    const small = await startTestProgram({ LIVE_MAX_STREAMS: '3' });
    try {
      const owner = await createTenant(small.database);
      const keys = await Promise.all([1, 2].map(() => createApiKey(small.database, owner)));
      const [one, two] = keys.map((key) => key.token) as [string, string];
      const streams = [];
      for (const key of [one, one, two]) streams.push(await TestStream.open(small.url + PATH, key));
      const refused = await small.client(one).get(PATH);
      expect([refused.status, refused.body.code]).toEqual([429, 'too_many_live_streams']);
      expect(refused.headers.get('retry-after')).toBe('5');
      const full = await small.client(two).get(PATH);
      expect([full.status, full.body.code]).toEqual([503, 'live_streams_exhausted']);
      streams[0]!.close();
      await expect.poll(async () => (await freeSlot(small.url, one)).status, { timeout: 5_000 }).toBe(200);
      for (const stream of streams) stream.close();
    } finally {
      await small.close();
    }
  });

  it('end properly when the program stops [EVT-4]', async () => {
    const stopping = await startTestProgram();
    const owner = await createTenant(stopping.database);
    const key = await createApiKey(stopping.database, owner);
    const streams = await Promise.all([1, 2, 3].map(() => TestStream.open(stopping.url + PATH, key.token)));
    const ends = Promise.all(streams.map((stream) => stream.rest()));
    await stopping.close();
    expect(await ends).toEqual([[], [], []]);
  });
});

async function freeSlot(url: string, key: string): Promise<Response> {
  const stream = await TestStream.open(url + PATH, key);
  stream.close();
  return stream.answer;
}
