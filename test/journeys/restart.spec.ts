import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TestClient } from '#libs/testing';
import { ChildProgram } from './child-program.js';
import { type GoalJson, type JournalJson, allOf, end, journalOf, submitted, tasksOf, until } from './goals.js';

let folder: string;
let program: ChildProgram;
let key: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'village-restart-'));
  program = start();
  await program.ready();
  key = (JSON.parse(await firstRun()) as { api_key: string }).api_key;
  await program.stop();
});
afterEach(() => program.stop());
afterAll(async () => {
  await program.stop();
  await rm(folder, { recursive: true });
});

/** On the embedded database, as a person starts it; goals of a process that was killed are taken over after 2 s. */
function start(): ChildProgram {
  return new ChildProgram({ DATA_DIR: folder, LEASE_SECONDS: '2' });
}

/** Starts it, and waits until it serves. */
function started(): Promise<TestClient> {
  program = start();
  return program.client(key);
}

const firstRun = () => readFile(join(folder, 'first-run.json'), 'utf8');

/** A chain that leaves a line in a file at each second step. */
function chain(length: number, seconds: number): object[] {
  return Array.from({ length }, (_, n) => ({
    id: `t${n}`,
    ...(n % 2 === 0
      ? { tool: 'sleep', arguments: { seconds } }
      : { tool: 'write_file', arguments: { path: `out/${n}.txt`, content: `line ${n}` } }),
    depends_on: n === 0 ? [] : [`t${n - 1}`],
  }));
}

const submit = (client: TestClient, length: number, seconds: number) =>
  submitted(client, { description: 'Survives', plan: { tasks: chain(length, seconds) } });

/** Each task has succeeded exactly once, and everything that was stored before is still so. */
async function expectWhole(client: TestClient, id: string, length: number, before: JournalJson[] = []): Promise<void> {
  const goal = await end(client, id, 60_000);
  expect(goal).toMatchObject({ state: 'COMPLETED', error: null, progress: { total: length, succeeded: length } });
  const rows = await journalOf(client, id);
  expect(rows.slice(0, before.length)).toEqual(before);
  const completed = rows.filter(({ type }) => type === 'task.completed').map(({ data }) => data?.['key']);
  expect(completed).toEqual(Array.from({ length }, (_, n) => `t${n}`));
  expect(rows.filter(({ to }) => to === 'COMPLETED')).toHaveLength(1);
  const artifacts = await allOf<{ path: string }>(client, `/api/v1/goals/${id}/artifacts`);
  expect(artifacts).toHaveLength(Math.floor(length / 2));
}

describe('the program', () => {
  it('killed in the middle of a goal goes on where it was after the next start [ORC-16, WRK-3]', async () => {
    const client = await started();
    const { id } = await submit(client, 12, 0.2);
    await until(client, id, ({ progress }) => progress.succeeded >= 4);
    const before = await journalOf(client, id);
    const done = (await tasksOf(client, id)).filter(({ state }) => state === 'SUCCEEDED');
    await program.kill();

    const again = await started();
    await expectWhole(again, id, 12, before);
    const after = new Map((await tasksOf(again, id)).map((task) => [task.key, task]));
    for (const task of done) expect(after.get(task.key)).toEqual(task);
    // Only what was running may have been begun a second time.
    const attempts = [...after.values()].map((task) => task.attempts);
    expect(attempts.filter((count) => count > 1).length).toBeLessThanOrEqual(1);
  });

  it('told to stop ends cleanly with 0 and hands over, and each next start has everything [WRK-3]', async () => {
    const credentials = JSON.parse(await firstRun()) as object;
    const client = await started();
    const { id } = await submit(client, 8, 0.3);
    await until(client, id, ({ progress }) => progress.succeeded >= 2);
    expect(await program.stop('SIGTERM')).toBe(0);

    const again = await started();
    await expectWhole(again, id, 8);
    // It was handed over, not lost: no attempt counts that was not the task's own.
    expect((await tasksOf(again, id)).map((task) => task.attempts)).toEqual(Array.from({ length: 8 }, () => 1));
    const before = (await again.get<GoalJson>(`/api/v1/goals/${id}`)).body;
    const [artifact] = await allOf<{ id: string }>(again, `/api/v1/goals/${id}/artifacts`);
    expect(await program.stop('SIGINT')).toBe(0);
    expect(program.output).not.toMatch(/"level":"(error|fatal)"/);

    const third = await started();
    expect((await third.get(`/api/v1/goals/${id}`)).body).toEqual(before);
    expect((await third.get(`/api/v1/goals/${id}/artifacts/${artifact?.id}/content`)).body).toBe('line 1');
    // The address may be another one: the port of these tests is any that is free.
    expect(JSON.parse(await firstRun())).toMatchObject({ ...credentials, url: expect.any(String) });
  });
});

describe('killed at any moment', () => {
  const KILLS = 8;
  const GOALS = 6;
  const LENGTH = 10;

  it('loses and doubles nothing, whenever that is, its start included [ORC-3, ORC-16]', async () => {
    const client = await started();
    const goals = await Promise.all(Array.from({ length: GOALS }, () => submit(client, LENGTH, 0.1)));
    const moments: number[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const moment = Math.floor(Math.random() * 2_200);
      moments.push(moment);
      if (kill > 0) program = start();
      await new Promise((resolve) => setTimeout(resolve, moment));
      await program.kill();
    }
    const last = await started();
    for (const { id } of goals) {
      await expectWhole(last, id, LENGTH).catch((cause: unknown) => {
        throw new Error(`killed after ${moments.join(', ')} ms`, { cause });
      });
    }
  }, 90_000);
});
