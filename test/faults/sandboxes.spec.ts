import { readFile, readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestClient } from '#libs/testing';
import type { ChildProgram } from '../journeys/child-program.js';
import { allOf, end, submitted, tasksOf, until } from '../journeys/goals.js';
import { LIMIT_MS, PATIENCE_MS } from './harness/length.js';
import { approve, asked } from './harness/people.js';
import { task } from './harness/plans.js';
import { soundEnd } from './harness/verdict.js';
import { Village } from './harness/village.js';
import { eventually } from './harness/waiting.js';

let village: Village;
let requester: TestClient;
let operator: TestClient;
let worker: ChildProgram;

beforeAll(async () => {
  // Without a jail on this machine the command runs all the same: it is ours.
  village = await Village.open({ environment: { SANDBOX_WITHOUT_JAIL: '1' } });
  const inhabitant = await village.settle();
  const api = village.start('api');
  worker = await village.readyWorker();
  requester = await village.client(api, inhabitant);
  operator = await village.client(api, { token: inhabitant.operatorToken });
}, LIMIT_MS);
afterAll(() => village.close(), LIMIT_MS);

/** Processes that a process has started, and those that they have. */
async function descendantsOf(pid: number): Promise<number[]> {
  const children = new Map<number, number[]>();
  for (const name of await readdir('/proc')) {
    const status = /^\d+$/.test(name) ? await readFile(`/proc/${name}/status`, 'utf8').catch(() => '') : '';
    const parent = Number(/^PPid:\s*(\d+)/m.exec(status)?.[1] ?? 0);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found = children.get(pid) ?? [];
  for (const each of found) found.push(...(children.get(each) ?? []));
  return found;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended with the one before.
  }
}

describe.runIf(process.platform === 'linux')('a sandbox that dies in the middle of a call (Linux only)', () => {
  it.each([
    ['execute_javascript', { code: 'for (;;) {}' }],
    ['run_command', { command: ['sleep', '600'] }],
  ])(
    'fails the task of %s with its reason, and leaves the workspace as it was [TOL-3]',
    async (tool, given) => {
      const goal = await submitted(requester, {
        description: 'Its sandbox dies',
        plan: {
          tasks: [
            task('note', 'write_file', { path: 'note.txt', content: 'kept' }),
            { ...task('run', tool, given, { after: ['note'], attempts: 1 }), timeout_seconds: 60 },
          ],
        },
      });
      const [question] = await asked(operator, goal.id);
      await approve(operator, question!);
      await until(requester, goal.id, ({ progress }) => progress.running === 1, PATIENCE_MS);
      // What stands by for the next call is killed as well: until the call itself has met its end.
      await eventually(async () => {
        for (const pid of await descendantsOf(worker.pid)) kill(pid);
        return (await tasksOf(requester, goal.id))[1]?.state === 'FAILED';
      });
      await end(requester, goal.id, PATIENCE_MS);
      expect(await tasksOf(requester, goal.id)).toMatchObject([
        { state: 'SUCCEEDED' },
        { state: 'FAILED', error: { code: 'sandbox_died' } },
      ]);
      await soundEnd(requester, goal.id);
      const path = `/api/v1/goals/${goal.id}/artifacts`;
      const [note] = await allOf<{ id: string; path: string }>(requester, path);
      expect(note?.path).toBe('note.txt');
      expect((await requester.get(`${path}/${note!.id}/content`)).body).toBe('kept');
    },
    LIMIT_MS,
  );
});
