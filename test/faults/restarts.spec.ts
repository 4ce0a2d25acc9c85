import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningTestServer, type TestClient, runOnce, startOwnServer } from '#libs/testing';
import { type GoalJson, allOf } from '../journeys/goals.js';
import { LIMIT_MS, rounds } from './harness/length.js';
import { VisiblePlan, sleepTask, task } from './harness/plans.js';
import { submitFirmly } from './harness/submitting.js';
import { soundEnd } from './harness/verdict.js';
import { Village } from './harness/village.js';
import { allEnded, eventually } from './harness/waiting.js';

let own: RunningTestServer;
let village: Village;
let client: TestClient;

beforeAll(async () => {
  own = await startOwnServer();
  village = await Village.open({ server: own.server, environment: { LEASE_SECONDS: '2' } });
  const [api] = [village.start('api'), village.worker(), village.worker()];
  client = await village.client(api, await village.settle());
}, LIMIT_MS);
afterAll(async () => {
  await village.close();
  await own.stop();
}, LIMIT_MS);

const SERVER_PID = `select split_part(pg_read_file('postmaster.pid'), e'\\n', 1)::int as pid`;

/** The main process of the server that this file has started. */
async function serverPid(): Promise<number> {
  const [row] = await runOnce<{ pid: number }>(own.server.administratorUrl, SERVER_PID);
  return row!.pid;
}

/** Ends the server at once, and waits until it is back: whoever started it looks after it. */
async function restart(signal: 'SIGQUIT' | 'SIGKILL'): Promise<void> {
  const pid = await serverPid();
  process.kill(pid, signal);
  await eventually(
    async () => (await serverPid().catch(() => pid)) !== pid,
    () => 'the server is not back',
  );
}

function bodyOf(name: string): object {
  const plan = new VisiblePlan(village.witness, name);
  const tasks = [
    sleepTask('rest', 0.3),
    plan.put('put0', { after: ['rest'], hold: 200 }),
    task('note', 'write_file', { path: 'note.txt', content: name }, { after: ['put0'] }),
    sleepTask('pause', 0.5, { after: ['note'] }),
    plan.put('put1', { after: ['pause'] }),
  ];
  return { description: name, plan: { tasks } };
}

describe('a database that dies and comes back under load', () => {
  it(
    'costs no goal, doubles none, and fails none [ORC-3, ORC-16]',
    async () => {
      const names = Array.from({ length: rounds(20, 120) }, (_, n) => `restart${n}`);
      const submissions = Promise.all(
        names.map(async (name, n) => {
          await sleep(n * 60);
          return submitFirmly(async () => client, name, bodyOf(name));
        }),
      );
      for (let n = 0; n < rounds(2, 12); n++) {
        await sleep(300 + Math.random() * 500);
        await restart(n % 2 === 0 ? 'SIGQUIT' : 'SIGKILL');
      }
      const ids = await submissions;
      expect(new Set(ids).size).toBe(names.length);
      await allEnded(village);
      expect(await allOf<GoalJson>(client, '/api/v1/goals')).toHaveLength(names.length);
      for (const [n, id] of ids.entries()) {
        const { goal, tasks } = await soundEnd(client, id);
        expect(goal).toMatchObject({ state: 'COMPLETED', error: null, replans: 0 });
        for (const { key, attempts } of tasks.filter((each) => each.key.startsWith('put'))) {
          const seen = village.witness.of(`/${names[n]}/${key}`).length;
          expect(seen, key).toBeGreaterThan(0);
          expect(seen, key).toBeLessThanOrEqual(attempts);
        }
      }
    },
    LIMIT_MS,
  );
});
