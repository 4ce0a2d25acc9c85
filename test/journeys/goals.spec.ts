import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestClient, createApiKey, createTenant } from '#libs/testing';
import { type TestProgram, startTestProgram } from '#libs/testing';
import { type PageJson, type TaskJson, end, submitted } from './goals.js';

let program: TestProgram;
let client: TestClient;
let token: string;

beforeAll(async () => {
  program = await startTestProgram({ ROLE: 'all' });
  const tenant = await createTenant(program.database);
  ({ token } = await createApiKey(program.database, tenant));
  client = program.client(token);
});
afterAll(() => program.close());

const CSV = 'region,amount\nnorth,12\nsouth,30\n';

describe('a goal over a file', () => {
  it('uploads, runs, and gives result, tasks, journal and artifacts [ORC-1, ORC-13, ORC-14, TOL-1, TOL-6]', async () => {
    const upload = await fetch(new URL('/api/v1/files?name=sales.csv', program.url), {
      method: 'POST',
      headers: { 'x-api-key': token, 'content-type': 'text/csv' },
      body: CSV,
    });
    expect(upload.status).toBe(201);
    const file = (await upload.json()) as { id: string; size: number; sha256: string; media_type: string };
    expect(file).toMatchObject({ size: CSV.length, sha256: sha256(CSV), media_type: 'text/csv' });

    const goal = await submitted(client, {
      description: 'Copy the sales',
      context: { zebra: 1, alpha: [true, null, 'ü'] },
      files: [{ path: 'in/sales.csv', file: file.id }],
      plan: {
        tasks: [
          {
            id: 'load',
            tool: 'read_file',
            arguments: { path: 'in/sales.csv' },
            check: { schema: { required: ['content'] } },
          },
          {
            id: 'save',
            tool: 'write_file',
            arguments: { path: 'out/copy.csv', content: { $ref: 'load.output.content' } },
          },
          { id: 'look', tool: 'list_directory', arguments: { path: 'out' }, depends_on: ['save'] },
        ],
      },
    });
    expect(goal.state).toBe('RECEIVED');
    const done = await end(client, goal.id);
    expect(done).toMatchObject({ state: 'COMPLETED', progress: { total: 3, succeeded: 3 }, error: null });
    expect(JSON.stringify(done.context)).toBe('{"zebra":1,"alpha":[true,null,"ü"]}');

    const tasks = await client.get<PageJson<TaskJson>>(`/api/v1/goals/${goal.id}/tasks`);
    expect(tasks.body.data.map(({ key, state, attempts }) => [key, state, attempts])).toEqual([
      ['load', 'SUCCEEDED', 1],
      ['save', 'SUCCEEDED', 1],
      ['look', 'SUCCEEDED', 1],
    ]);
    expect(tasks.body.data[1]?.depends_on).toEqual(['load']);
    expect(tasks.body.data[0]?.output).toMatchObject({ content: CSV });

    const journal = await client.get<PageJson<{ seq: number; type: string; data: object }>>(
      `/api/v1/goals/${goal.id}/journal?limit=200`,
    );
    const rows = journal.body.data;
    expect(rows.map((row) => row.seq)).toEqual(rows.map((_, n) => n + 1));
    const completed = rows.filter((row) => row.type === 'task.completed');
    expect(completed).toHaveLength(3);
    expect(completed[0]?.data).toMatchObject({
      task_id: tasks.body.data[0]?.id,
      key: 'load',
      attempt: 1,
      call: { tool: 'read_file', arguments: { path: 'in/sales.csv' } },
    });

    const artifacts = await client.get<PageJson<{ id: string; path: string; sha256: string; size: number }>>(
      `/api/v1/goals/${goal.id}/artifacts`,
    );
    expect(artifacts.body.data).toMatchObject([{ path: 'out/copy.csv', size: CSV.length, sha256: sha256(CSV) }]);
    const content = await client.get<string>(
      `/api/v1/goals/${goal.id}/artifacts/${artifacts.body.data[0]?.id}/content`,
    );
    expect(content.status).toBe(200);
    expect(content.body).toBe(CSV);
    expect(content.headers.get('content-disposition')).toContain('attachment');
  });
});

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
