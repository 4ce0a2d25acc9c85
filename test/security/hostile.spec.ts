import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestClient, type TestProgram, createApiKey, createTenant, startTestProgram } from '#libs/testing';
import { type GoalJson, allOf, end, submitted, tasksOf } from '../journeys/goals.js';
import { expectProblem } from '../journeys/problems.js';

const GOALS = '/api/v1/goals';

let program: TestProgram;
let token: string;
let client: TestClient;

beforeAll(async () => {
  program = await startTestProgram({ ROLE: 'all' });
  token = (await createApiKey(program.database, await createTenant(program.database))).token;
  client = program.client(token);
});
afterAll(() => program.close());

describe('the name of a file', () => {
  it.each([
    'a"; filename="evil.sh',
    "it's.txt",
    'a\r\nSet-Cookie: x=1',
    'a;b=c',
    '%0d%0aX: y',
    'naïve €.txt',
    '🏡.html',
    '-rf *',
    '<img src=x onerror=alert(1)>.svg',
  ])('says nothing to a browser but itself: %j [ORC-13]', async (name) => {
    const { id } = await submitted(client, {
      description: 'x',
      plan: {
        tasks: [{ id: 'a', tool: 'write_file', arguments: { path: `d/${name}`, content: '<script>1</script>' } }],
      },
    });
    expect(await end(client, id)).toMatchObject({ state: 'COMPLETED' });
    const [artifact] = await allOf<{ id: string; path: string }>(client, `${GOALS}/${id}/artifacts`);
    expect(artifact?.path).toBe(`d/${name}`);
    const { status, headers, body } = await client.get<string>(`${GOALS}/${id}/artifacts/${artifact?.id}/content`);
    expect([status, body]).toEqual([200, '<script>1</script>']);
    const disposition = headers.get('content-disposition') ?? '';
    expect(disposition).toMatch(/^attachment; filename\*=UTF-8''[\w.!~%*-]+$/);
    expect(decodeURIComponent(disposition.split("''")[1] ?? '')).toBe(name);
    expect(headers.get('set-cookie')).toBeNull();
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('of an upload is a name and no path [TOL-1]', async () => {
    for (const name of ['../../etc/passwd', '/etc/passwd', 'a\r\nX: y']) {
      const answer = await fetch(new URL(`/api/v1/files?name=${encodeURIComponent(name)}`, program.url), {
        method: 'POST',
        headers: { 'x-api-key': token, 'content-type': 'text/plain' },
        body: 'x',
      });
      expect(answer.status).toBe(201);
      expect([...answer.headers.keys()]).not.toContain('x');
      expect(await answer.json()).toMatchObject({ name, size: 1 });
    }
  });
});

describe('text', () => {
  const TEXTS = [
    '<script>alert(1)</script>',
    '"><img src=x>',
    "'; drop table goal; --",
    '${7*7}{{7*7}}',
    '\u202egnp.exe',
    '\ufeff\u200b\u2028\u2029',
    '🏡'.repeat(100),
    '\u0001\u001f\u007f',
    'data: x\n\nevent: goal.completed\ndata: {}',
  ];

  it.each(TEXTS)('is kept as it is, and never becomes part of anything else: %j [ORC-1]', async (text) => {
    const goal = await submitted(client, {
      description: text,
      context: { [text]: text },
      plan: {
        tasks: [{ id: 'a', title: text.slice(0, 500), tool: 'echo', arguments: { [text]: { $literal: text } } }],
      },
    });
    expect(await end(client, goal.id)).toMatchObject({
      description: text,
      context: { [text]: text },
      state: 'COMPLETED',
    });
    expect((await tasksOf(client, goal.id))[0]?.output).toEqual({ [text]: text });
    const stream = await client.get<string>(`${GOALS}/${goal.id}/events`);
    expect(stream.headers.get('content-type')).toMatch(/^text\/event-stream/);
    // One event for each row, whatever line breaks the text has.
    const events = stream.body.match(/^event: .*$/gm) ?? [];
    expect(events.filter((event) => event === 'event: goal.completed')).toEqual([]);
    expect(stream.body.match(/^id: \d+$/gm)).toHaveLength(events.length);
  });

  it('in an address is escaped on the page that an error leads to', async () => {
    for (const path of ['/docs/errors?x=<script>1</script>', '/<script>1</script>', '/docs/%3Cscript%3E']) {
      const { body } = await program.client().get<unknown>(path);
      expect(JSON.stringify(body)).not.toContain('<script>1');
    }
  });
});

describe('numbers', () => {
  it.each(['9007199254740993', '1e308', '-0', '0.1', '123456789012345678901234567890', '5e-324', '1e-400'])(
    'of any size harm nobody: %s [ORC-1]',
    async (number) => {
      const answer = await fetch(new URL(GOALS, program.url), {
        method: 'POST',
        headers: { 'x-api-key': token, 'content-type': 'application/json' },
        body: `{"description":"x","plan":{"tasks":[{"id":"a","tool":"echo","arguments":{"n":${number}}}]}}`,
      });
      const { id } = (await answer.json()) as GoalJson;
      expect(await end(client, id)).toMatchObject({ state: 'COMPLETED' });
      // JSON has no minus zero to say.
      expect((await tasksOf(client, id))[0]?.output?.['n']).toBe(Number(number) || 0);
    },
  );
});

describe('a request', () => {
  it('reaches no file of the host, whatever its path is', async () => {
    const paths = [
      '/../../etc/passwd',
      '/docs/../../../etc/passwd',
      '/docs/%2e%2e/%2e%2e/etc/passwd',
      '/docs/..%2f..%2fpackage.json',
      '/assets/..%5c..%5cpackage.json',
      '/assets/%2e%2e%2fwelcome.page.ts',
    ];
    for (const path of paths) {
      const text = await raw(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      expect(text, path).toMatch(/^HTTP\/1\.1 (400|404) /);
      expect(text).not.toMatch(/root:|"private"/);
    }
  });

  it('does not decide what our links say: neither Host nor forwarded headers are believed', async () => {
    const text = await raw(
      `GET /api/v1/goals HTTP/1.1\r\nHost: evil.test\r\nX-Forwarded-Host: evil.test\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n`,
    );
    expect(text).toMatch(/^HTTP\/1\.1 401 /);
    expect(text).not.toContain('evil.test');
  });

  it.each<[string, string]>([
    ['two lengths', 'Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x'],
    ['a length and chunks', 'Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n'],
    ['a chunk of no size', 'Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n'],
    ['chunks in another coding', 'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
    ['a negative length', 'Content-Length: -1\r\n\r\n'],
  ])('that is two at once for a proxy is refused: %s', async (_what, rest) => {
    const text = await raw(
      `POST ${GOALS} HTTP/1.1\r\nHost: x\r\nX-API-Key: ${token}\r\nContent-Type: application/json\r\n${rest}`,
    );
    expect(text).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  it('cannot choose its method by a header', async () => {
    const answer = await client.send('GET', GOALS, {
      headers: { 'x-http-method-override': 'POST', 'x-method': 'POST' },
    });
    expect(answer.status).toBe(200);
  });

  it('with a key in its address is not signed in by it [KEY-5]', async () => {
    for (const name of ['api_key', 'key', 'access_token', 'x-api-key']) {
      expectProblem(await program.client().get(`${GOALS}?${name}=${token}`), { status: 401, code: 'unauthenticated' });
    }
  });
});

describe('many at once', () => {
  it('commands of all kinds to one goal leave one true story [ORC-2, ORC-11]', async () => {
    const goal = await submitted(client, {
      description: 'Pulled at from all sides',
      start: false,
      plan: {
        tasks: Array.from({ length: 20 }, (_, n) => ({
          id: `t${n}`,
          tool: 'sleep',
          arguments: { seconds: 0.02 },
          depends_on: n === 0 ? [] : [`t${n - 1}`],
        })),
      },
    });
    const verbs = ['execute', 'pause', 'resume', 'execute', 'pause', 'resume', 'resume', 'pause', 'execute', 'resume'];
    const answers = await Promise.all(verbs.map((verb) => client.post(`${GOALS}/${goal.id}/${verb}`)));
    for (const { status } of answers) expect([200, 409]).toContain(status);
    await client.post(`${GOALS}/${goal.id}/resume`);
    const ending = await Promise.all(
      ['cancel', 'pause', 'cancel'].map((verb) => client.post(`${GOALS}/${goal.id}/${verb}`)),
    );
    for (const { status } of ending) expect([200, 409]).toContain(status);
    expect((await end(client, goal.id)).state).toBe('CANCELLED');
    const left = await program.database.system.once('select from goal_command');
    expect(left).toEqual([]);
  });

  it('tasks that write one file leave one of the contents whole, and artifacts that are true [TOL-1, ORC-13]', async () => {
    const contents = Array.from({ length: 20 }, (_, n) => String.fromCharCode(97 + n).repeat(50_000));
    const { id } = await submitted(client, {
      description: 'One file',
      plan: {
        tasks: contents.map((content, n) => ({
          id: `t${n}`,
          tool: 'write_file',
          arguments: { path: 'same.txt', content },
        })),
      },
    });
    expect(await end(client, id)).toMatchObject({ state: 'COMPLETED' });
    const artifacts = await allOf<{ id: string; size: number }>(client, `${GOALS}/${id}/artifacts`);
    expect(artifacts).toMatchObject([{ path: 'same.txt', size: 50_000 }]);
    const { body } = await client.get<string>(`${GOALS}/${id}/artifacts/${artifacts[0]?.id}/content`);
    expect(contents).toContain(body);
  });
});

/** What the server answers to bytes as they are. */
function raw(text: string): Promise<string> {
  const { port } = new URL(program.url);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let received = '';
  const socket = connect(Number(port), '127.0.0.1')
    .on('data', (chunk: Buffer) => (received += chunk.toString()))
    .on('close', () => resolve(received))
    .on('error', reject);
  socket.setTimeout(3_000, () => socket.end());
  socket.write(text);
  return promise;
}
