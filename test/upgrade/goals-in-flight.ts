import type { TestClient } from '#libs/testing';
import { type GoalJson, type PageJson, journalOf, submitted, tasksOf, until } from '../journeys/goals.js';
import type { Witness } from './witness.js';

/** Goals of every kind, on their way. */
export interface InFlight {
  /** Ends by itself, each task once. */
  readonly chain: GoalJson;
  readonly fan: GoalJson;
  /** A call that fails until the witness opens. */
  readonly retrying: GoalJson;
  readonly waiting: GoalJson;
  readonly paused: GoalJson;
  readonly held: GoalJson;
  /** A call under way that must not be made twice. */
  readonly calling: GoalJson;
  readonly ended: GoalJson;
}

export const CHAIN_LENGTH = 16;
export const FAN = 24;
const INPUT = [{ path: 'in.txt', content_base64: Buffer.from('what was there').toString('base64') }];

const sleep = (id: string, seconds: number, rest: object = {}) => ({
  id,
  tool: 'sleep',
  arguments: { seconds },
  ...rest,
});
const copy = (id: string, path: string, rest: object = {}) => ({
  id,
  tool: 'write_file',
  arguments: { path, content: { $ref: 'read.output.content' } },
  ...rest,
});
const read = { id: 'read', tool: 'read_file', arguments: { path: 'in.txt' } };

/** Submits them, and waits until each is where it should be found. */
export async function submitAll(client: TestClient, witness: Witness): Promise<InFlight> {
  const submit = (description: string, tasks: readonly object[], rest: object = {}) =>
    submitted(client, { description, plan: { tasks }, files: INPUT, ...rest });
  const ended = await submit('Is done already', [read, copy('write', 'out.txt')]);
  await until(client, ended.id, ({ state }) => state === 'COMPLETED');

  const steps = Array.from({ length: CHAIN_LENGTH }, (_, n) => {
    const depends_on = [n === 0 ? 'read' : `t${n - 1}`];
    return n % 2 === 0 ? sleep(`t${n}`, 0.7, { depends_on }) : copy(`t${n}`, `out/${n}.txt`, { depends_on });
  });
  const fan = Array.from({ length: FAN }, (_, n) => sleep(`s${n}`, 1 + (n % 8)));
  const goals = {
    ended,
    held: await submit('Waits for its start', [read, copy('write', 'out.txt')], { start: false }),
    waiting: await submit('Waits for a person', [
      read,
      { id: 'remove', tool: 'delete_file', arguments: { path: 'in.txt' }, depends_on: ['read'] },
      copy('after', 'out.txt', { depends_on: ['remove'] }),
    ]),
    paused: await submit('Is paused', [sleep('first', 0.5), sleep('second', 0.1, { depends_on: ['first'] })]),
    retrying: await submit('Tries again', [
      {
        id: 'call',
        tool: 'http_get',
        arguments: { url: `http://${witness.host}/closed` },
        retry: { max_attempts: 20 },
      },
    ]),
    calling: await submit('Calls somebody', [
      { id: 'call', tool: 'http_post', arguments: { url: `http://${witness.host}/slow`, body: { n: 1 } } },
      sleep('after', 0.1, { depends_on: ['call'] }),
    ]),
    chain: await submit('Goes step by step', [read, ...steps]),
    fan: await submit('Does many things', [
      ...fan,
      { id: 'join', tool: 'echo', arguments: {}, depends_on: fan.map(({ id }) => id) },
    ]),
  };
  await client.post(`/api/v1/goals/${goals.paused.id}/pause`, { reason: 'until it is upgraded' });
  await Promise.all([
    until(client, goals.chain.id, ({ progress }) => progress.succeeded >= 3),
    until(client, goals.fan.id, ({ progress }) => progress.succeeded >= 2),
    until(client, goals.paused.id, ({ paused }) => paused !== null),
    until(client, goals.calling.id, ({ progress }) => progress.running === 1),
    happened(client, goals.retrying, 'task.retried'),
    happened(client, goals.waiting, 'approval.required'),
  ]);
  return goals;
}

/** Waits until the goal's journal has a row of the type. */
async function happened(client: TestClient, { id }: GoalJson, type: string): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if ((await journalOf(client, id)).some((row) => row.type === type)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no ${type}: ${JSON.stringify(await tasksOf(client, id))}`);
}

/** Answers what waits for a person of the goal, once it is asked. */
export async function approve(client: TestClient, { id }: GoalJson, body?: object): Promise<number> {
  for (let tries = 0; tries < 400; tries++) {
    const path = `/api/v1/approvals?state=pending&goal_id=${id}`;
    const [asked] = (await client.get<PageJson<{ readonly id: string }>>(path)).body.data;
    if (asked) return (await client.post(`/api/v1/approvals/${asked.id}/approve`, body)).status;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('nothing was asked');
}
