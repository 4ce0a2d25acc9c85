import { type IncomingMessage, type Server, createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type TestClient,
  type TestProgram,
  createApiKey,
  createMember,
  createTenant,
  startTestProgram,
} from '#libs/testing';
import { ChildProgram } from './child-program.js';
import { type GoalJson, type PageJson, end, journalOf, submitted, tasksOf, until } from './goals.js';
import { expectProblem } from './problems.js';

interface QuestionJson {
  readonly id: string;
  readonly task_id: string;
  readonly kind: string;
  readonly action: string | null;
  readonly state: string;
  readonly uncertain: { readonly idempotency_key: string; readonly attempt: number } | null;
}

/** A shop that keeps what it was asked for, by key, before it answers: what it has seen has taken effect. */
class Shop {
  readonly orders: (string | undefined)[] = [];
  /** What it does with an order that it has kept. */
  answers: 'at once' | 'never' | 'hangs up' = 'at once';
  private readonly server: Server = createServer((request) => this.take(request));

  async open(): Promise<void> {
    this.server.on('request', (_, response) => {
      response.on('error', () => undefined);
      response.setHeader('content-type', 'application/json');
      if (this.answers === 'at once') response.writeHead(201).end(JSON.stringify({ orders: this.orders.length }));
      if (this.answers === 'hangs up') response.destroy();
    });
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `http://${this.host}/orders`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private take({ headers }: IncomingMessage): void {
    const key = headers['idempotency-key'];
    this.orders.push(typeof key === 'string' ? key : undefined);
  }
}

/** Where nothing listens. */
const NOBODY = '127.0.0.1:1';

const shop = new Shop();
let program: TestProgram;
/** Submits goals. */
let requester: TestClient;
/** Another member, who may decide. */
let operator: TestClient;
let worker: ChildProgram;

function startWorker(): ChildProgram {
  const { database, dataDir } = program;
  return new ChildProgram({
    ROLE: 'worker',
    DATABASE_URL: database.connection.url!,
    DATA_DIR: dataDir,
    LEASE_SECONDS: '2',
    OUTBOUND_ALLOW: `${shop.host},${NOBODY}`,
  });
}

beforeAll(async () => {
  await shop.open();
  program = await startTestProgram({ ROLE: 'api', OUTBOUND_ALLOW: `${shop.host},${NOBODY}` });
  const tenant = await createTenant(program.database);
  const owner = await createMember(program.database, tenant, ['OPERATOR']);
  requester = program.client((await createApiKey(program.database, tenant)).token);
  operator = program.client((await createApiKey(program.database, tenant, { owner })).token);
  worker = startWorker();
  await worker.ready();
});
afterAll(async () => {
  await worker.stop();
  await program.close();
  await shop.close();
});
beforeEach(() => {
  shop.orders.length = 0;
  shop.answers = 'at once';
});

const order = (rest: object = {}) => ({
  id: 'order',
  tool: 'http_post',
  arguments: { url: shop.url, body: { boxes: 5 } },
  ...rest,
});
const submit = (tasks: readonly object[] = [order()], rest: object = {}) =>
  submitted(requester, { description: 'Order paper', plan: { tasks }, ...rest });

async function questionOf({ id }: GoalJson): Promise<QuestionJson> {
  const path = `/api/v1/approvals?state=pending&goal_id=${id}`;
  const read = async () => (await operator.get<PageJson<QuestionJson>>(path)).body.data[0];
  await expect.poll(read, { timeout: 20_000, interval: 30 }).toBeDefined();
  return (await read())!;
}

const approve = ({ id }: QuestionJson, body: object) =>
  operator.post<QuestionJson>(`/api/v1/approvals/${id}/approve`, body);

describe('a worker that is killed after the effect of a call and before its record', () => {
  it('leaves exactly one effect until a person says that it is to be repeated, then under the same key [TOL-7]', async () => {
    shop.answers = 'never';
    const goal = await submit([order(), { id: 'after', tool: 'echo', depends_on: ['order'] }]);
    await expect.poll(() => shop.orders.length, { timeout: 20_000, interval: 10 }).toBe(1);
    await worker.kill();
    // What may have happened can be seen though nobody was left to write it down.
    const started = (await journalOf(requester, goal.id)).find(({ type }) => type === 'task.started');
    expect(started?.data).toMatchObject({
      attempt: 1,
      call: { tool: 'http_post', arguments: { url: shop.url }, idempotency_key: shop.orders[0] },
    });

    shop.answers = 'at once';
    worker = startWorker();
    await worker.ready();
    const question = await questionOf(goal);
    expect(question).toMatchObject({
      kind: 'uncertain',
      action: null,
      tool: 'http_post',
      arguments: { url: shop.url, body: { boxes: 5 } },
      reason: expect.stringContaining('process stopped'),
      uncertain: {
        attempt: 1,
        since: expect.stringMatching(/Z$/),
        idempotency_key: shop.orders[0],
        answers: { repeat: expect.any(String), took_effect: expect.any(String), reject: expect.any(String) },
      },
      resolution: null,
      output: null,
    });
    expect(await tasksOf(requester, goal.id)).toMatchObject([
      { state: 'AWAITING_APPROVAL', attempts: 1, approval_id: question.id },
      { state: 'PENDING' },
    ]);
    await sleep(1_000);
    expect(shop.orders).toHaveLength(1);
    const leases = await program.database.system.once('select from goal where lease_owner is not null');
    expect(leases).toEqual([]);

    const bare = await operator.post(`/api/v1/goals/${goal.id}/approve`, { reason: 'go on' });
    expectProblem(bare, { status: 400, code: 'invalid_input', path: 'resolution' });
    expect((await operator.post(`/api/v1/goals/${goal.id}/approve`, { resolution: 'repeat' })).status).toBe(200);
    expect((await end(requester, goal.id)).state).toBe('COMPLETED');
    expect(shop.orders).toHaveLength(2);
    expect(new Set(shop.orders).size).toBe(1);
    expect((await tasksOf(requester, goal.id))[0]).toMatchObject({ state: 'SUCCEEDED', attempts: 2 });
    const rows = await journalOf(requester, goal.id);
    expect(rows.find(({ type }) => type === 'approval.granted')?.data).toMatchObject({ resolution: 'repeat' });
    const made = rows.filter(({ type, data }) => type === 'task.completed' && data?.['key'] === 'order');
    expect(made).toMatchObject([{ data: { attempt: 2, call: { idempotency_key: shop.orders[0] } } }]);
  });
});

describe('a request whose answer is lost', () => {
  it('took effect where a person says so, with the output that they give [TOL-7]', async () => {
    shop.answers = 'hangs up';
    const goal = await submit([
      order({ check: { schema: { required: ['status'] } } }),
      { id: 'after', tool: 'echo', arguments: { was: { $ref: 'order.output.status' } } },
    ]);
    const question = await questionOf(goal);
    const said = { reason: 'it is in their list', resolution: 'took_effect', output: { status: 201 } };
    for (const [body, path] of [
      [{ output: 1 }, 'resolution'],
      [{ resolution: 'repeat', output: 1 }, 'output'],
      [{ resolution: 'sometimes' }, 'resolution'],
    ] as const) {
      expectProblem(await approve(question, body), { status: 400, code: 'invalid_input', path });
    }
    const own = await requester.post(`/api/v1/approvals/${question.id}/approve`, said);
    expectProblem(own, { status: 403, code: 'own_request' });
    const decided = await approve(question, said);
    expect(decided.body).toMatchObject({ state: 'approved', resolution: 'took_effect', output: { status: 201 } });
    expect(await approve(question, said)).toMatchObject({ status: 200 });
    for (const other of [{ resolution: 'repeat' }, { ...said, output: 2 }]) {
      expectProblem(await approve(question, other), { status: 409, code: 'approval_decided' });
    }
    expect(await end(requester, goal.id)).toMatchObject({
      state: 'COMPLETED',
      result: { outputs: { after: { was: 201 } } },
    });
    expect(shop.orders).toHaveLength(1);
    const { body: events } = await operator.get<PageJson<QuestionJson>>(`/api/v1/approvals?goal_id=${goal.id}`);
    expect(events.data).toMatchObject([{ kind: 'uncertain', resolution: 'took_effect', output: { status: 201 } }]);
  });

  it('fails where a person rejects, and is not planned anew [TOL-7]', async () => {
    shop.answers = 'hangs up';
    const goal = await submit([order()], { on_failure: 'replan' });
    const question = await questionOf(goal);
    await operator.post(`/api/v1/approvals/${question.id}/reject`, { reason: 'nobody can tell' });
    expect(await end(requester, goal.id)).toMatchObject({
      state: 'FAILED',
      error: { code: 'outcome_uncertain', detail: expect.stringContaining('nobody can tell') },
    });
    expect(shop.orders).toHaveLength(1);
  });

  it('is asked about also where its time is over, and by the route of a single call [TOL-7]', async () => {
    shop.answers = 'never';
    const { status, body } = await requester.post<{ goal_id: string; approval_id: string }>(
      '/api/v1/tools/http_post/execute',
      { arguments: { url: shop.url, body: {} }, timeout_seconds: 1 },
    );
    expect([status, body.approval_id]).toEqual([202, expect.stringMatching(/^appr_/)]);
    const { body: question } = await operator.get<QuestionJson>(`/api/v1/approvals/${body.approval_id}`);
    expect(question).toMatchObject({ kind: 'uncertain', reason: expect.stringContaining('longer than 1 s') });
    await requester.post(`/api/v1/goals/${body.goal_id}/cancel`);
    expect((await end(requester, body.goal_id)).state).toBe('CANCELLED');
    expect(await tasksOf(requester, body.goal_id)).toMatchObject([
      { state: 'CANCELLED', error: { code: 'outcome_uncertain' } },
    ]);
    expect((await operator.get(`/api/v1/approvals/${question.id}`)).body).toMatchObject({ state: 'void' });
  });

  it('is nothing to ask about where there was no connection, or any answer at all [TOL-7]', async () => {
    const nobody = { arguments: { url: `http://${NOBODY}/`, body: {} }, retry: { max_attempts: 1 } };
    const goal = await submit([order()]);
    expect((await end(requester, goal.id)).state).toBe('COMPLETED');
    expect(shop.orders).toHaveLength(1);
    const blocked = await submit([order(nobody)]);
    expect((await end(requester, blocked.id)).state).toBe('FAILED');
    const { body } = await operator.get<PageJson<QuestionJson>>(`/api/v1/approvals?goal_id=${blocked.id}`);
    expect(body.data).toEqual([]);
  });
});

describe('an approval for leave to make a call', () => {
  it('takes no resolution, since nothing has been called yet [TOL-7, SAF-3]', async () => {
    const goal = await submit([{ id: 'clean', tool: 'delete_file', arguments: { path: 'old.csv' } }]);
    const question = await questionOf(goal);
    expect(question).toMatchObject({ kind: 'permission', action: 'delete', uncertain: null });
    const answer = await approve(question, { resolution: 'repeat' });
    expectProblem(answer, { status: 400, code: 'invalid_input', path: 'resolution' });
    await requester.post(`/api/v1/goals/${goal.id}/cancel`);
    await until(requester, goal.id, ({ state }) => state === 'CANCELLED');
  });
});
