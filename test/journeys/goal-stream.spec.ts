import { setTimeout as sleep } from 'node:timers/promises';
import { newId, publicId } from '#libs/kernel';
import { runOnce, testServer } from '#libs/testing';
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
import { ScriptedGoal } from './scripted-goal.js';

let program: TestProgram;
let tenant: TestTenant;
let token: string;

beforeAll(async () => {
  program = await startTestProgram();
  tenant = await createTenant(program.database);
  ({ token } = await createApiKey(program.database, tenant));
});
afterAll(() => program.close());

function scripted(): Promise<ScriptedGoal> {
  return ScriptedGoal.create(program.database, tenant.id);
}

function open(goal: ScriptedGoal, headers: Record<string, string> = {}, query = ''): Promise<TestStream> {
  return TestStream.open(program.url + goal.path + query, token, headers);
}

function seqs(events: readonly TestStreamEvent[]): number[] {
  return events.map(({ data }) => Number(data.seq));
}

function upTo(last: number, first = 1): number[] {
  return Array.from({ length: last - first + 1 }, (_, n) => first + n);
}

describe("a goal's live stream", () => {
  it('tells what is there, then each row as it is committed, and ends with the goal [EVT-4]', async () => {
    const goal = await scripted();
    await goal.append(3);
    const stream = await open(goal);
    expect(await stream.take(3)).toHaveLength(3);
    for (let n = 0; n < 5; n++) {
      await goal.append(2);
      expect(seqs(await stream.take(2))).toEqual([goal.lastSeq - 1, goal.lastSeq]);
    }
    await goal.finish();
    expect(seqs(await stream.rest())).toEqual([goal.lastSeq - 1, goal.lastSeq]);
  });

  it('shows rows as the journal does, and names them by number and type [EVT-4]', async () => {
    const goal = await scripted();
    await goal.finish('FAILED');
    const [transition, after] = await (await open(goal)).rest();
    expect(transition).toEqual({
      id: '1',
      type: 'goal.transition',
      data: {
        seq: 1,
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        type: 'goal.transition',
        from: 'REFLECTING',
        to: 'FAILED',
        actor: { kind: 'worker' },
        reason: 'because',
        data: null,
      },
    });
    expect(after).toMatchObject({ id: '2', type: 'tasks.closed' });
  });

  it('goes on behind any row: nothing missed, nothing twice [EVT-4]', async () => {
    const goal = await scripted();
    await goal.append(9);
    await goal.finish();
    const last = goal.lastSeq;
    for (let after = 0; after < last; after++) {
      const byHeader = await open(goal, { 'last-event-id': String(after) });
      expect(seqs(await byHeader.rest())).toEqual(upTo(last, after + 1));
      const byQuery = await open(goal, {}, `?last_event_id=${after}`);
      expect(seqs(await byQuery.rest())).toEqual(upTo(last, after + 1));
    }
    // The header is the newer of the two: a client that connects again keeps its URL.
    const both = await open(goal, { 'last-event-id': String(last - 1) }, '?last_event_id=1');
    expect(seqs(await both.rest())).toEqual([last]);
  });

  it('cut at random while the goal runs, adds up to its journal [EVT-4]', async () => {
    const goal = await scripted();
    const work = async (): Promise<void> => {
      for (let n = 0; n < 60; n++) {
        await goal.append(1 + Math.floor(Math.random() * 8));
        await sleep(Math.random() * 10);
      }
      await goal.finish();
    };
    const working = work();
    const got: number[] = [];
    let last = '0';
    for (let cuts = 0; ; cuts++) {
      const stream = await open(goal, { 'last-event-id': last });
      const patience = cuts < 40 ? Math.ceil(Math.random() * 15) : Number.POSITIVE_INFINITY;
      const events = await stream.take(patience);
      got.push(...seqs(events));
      last = events.at(-1)?.id ?? last;
      stream.close();
      if (events.length < patience) break;
    }
    await working;
    expect(got).toEqual(upTo(goal.lastSeq));
  });

  it('tells a client that has everything of an ended goal not to ask again [EVT-4]', async () => {
    const goal = await scripted();
    await goal.finish('CANCELLED');
    const { answer } = await open(goal, { 'last-event-id': '2' });
    expect(answer.status).toBe(204);
  });

  it('refuses a row that the journal does not have, and names those that it has [EVT-4]', async () => {
    const goal = await scripted();
    await goal.append(2);
    const client = program.client(token);
    for (const end of [false, true]) {
      if (end) await goal.finish('CANCELLED');
      const beyond = goal.lastSeq + 1;
      const message = `There is no row ${beyond}: the journal has the rows 1 to ${goal.lastSeq}.`;
      const header = await client.get(goal.path, { headers: { 'last-event-id': String(beyond) } });
      const detail = `$header.Last-Event-ID: ${message}`;
      expect(header).toMatchObject({ status: 400, body: { code: 'invalid_input', detail } });
      const query = await client.get(`${goal.path}?last_event_id=${beyond}`);
      expect(query).toMatchObject({ status: 400, body: { errors: [{ path: '$query.last_event_id', message }] } });
    }
  });

  it('opens with a comment at once and the headers of a stream [EVT-4]', async () => {
    const goal = await scripted();
    const stream = await open(goal);
    const { headers, status } = stream.answer;
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/event-stream');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-accel-buffering')).toBe('no');
    expect(headers.get('content-encoding')).toBeNull();
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    await goal.append(1);
    await stream.next();
    expect(stream.comments).toBe(1);
    stream.close();
  });

  it('is refused before it begins where there is nothing to follow, or no right to [EVT-4] [TEN-5]', async () => {
    const foreign = await ScriptedGoal.create(program.database, (await createTenant(program.database)).id);
    const own = await scripted();
    const client = program.client(token);
    for (const path of [foreign.path, `/api/v1/goals/${publicId('goal', newId())}/events`, '/api/v1/goals/x/events']) {
      const { status, body } = await client.get(path);
      expect([status, body.code]).toEqual([404, 'not_found']);
    }
    const { token: weak } = await createApiKey(program.database, tenant, { scopes: ['tool:read'] });
    expect((await program.client(weak).get(own.path)).body.code).toBe('permission_denied');
    expect((await program.client().get(own.path)).body.code).toBe('unauthenticated');
  });

  it.each(['x', '-1', '1.5', '99999999999', '1 2', '0x1'])('refuses "%s" for an id [EVT-4]', async (id) => {
    const { path } = await scripted();
    const { status, body } = await program.client(token).get(path, { headers: { 'last-event-id': id } });
    expect([status, body.code]).toEqual([400, 'invalid_input']);
    expect(body.errors).toMatchObject([{ path: '$header.Last-Event-ID' }]);
  });

  it('answers HEAD with headers alone, and refuses other parameters', async () => {
    const { path } = await scripted();
    const head = await program.client(token).send('HEAD', path);
    expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    expect((await program.client(token).get(`${path}?since=1`)).status).toBe(400);
  });

  it('misses nothing while the listener to notifications is down [EVT-4]', async () => {
    const goal = await scripted();
    await goal.append(1);
    const stream = await open(goal);
    await stream.next();
    const ended = await runOnce(
      testServer().administratorUrl,
      `select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'agent-village api listener' and datname = $1`,
      [new URL(program.database.connection.url ?? '').pathname.slice(1)],
    );
    expect(ended).toHaveLength(1);
    await goal.append(5);
    expect(seqs(await stream.take(5))).toEqual(upTo(6, 2));
    stream.close();
  });

  it('finds rows that nobody told of, a little later [EVT-4]', async () => {
    const goal = await scripted();
    await goal.append(1);
    const stream = await open(goal);
    await stream.next();
    await goal.append(1, { tell: false });
    expect(seqs(await stream.take(1))).toEqual([2]);
    stream.close();
  });
});
