import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { gzipSync } from 'node:zlib';
import type { JsonObject, JsonValue } from '#libs/kernel';
import { Outbound } from '#libs/outbound';
import { describe, expect, it } from 'vitest';
import { type Loopback, httpServer, tcpServer } from '../../../outbound/src/conformance/loopback.js';
import { ToolRegistry } from '../registry.js';
import { type ToolOutcome, ToolRunner } from '../runner.js';
import { webTools } from './web-tools.js';

const MIB = 1024 * 1024;

interface Call {
  readonly signal?: AbortSignal;
  readonly timeoutSeconds?: number;
  readonly idempotencyKey?: string;
}

function toolsFor(...servers: readonly Loopback[]) {
  const registry = new ToolRegistry(webTools(new Outbound({ allow: servers.map(({ entry }) => entry) })));
  const runner = new ToolRunner(registry, {
    onDefect: (error) => {
      throw error;
    },
  });
  const run = (tool: string, toolArguments: JsonObject, call: Call = {}): Promise<ToolOutcome> =>
    runner.run({
      tool,
      arguments: toolArguments,
      workspaceRoot: tmpdir(),
      goalId: 'g',
      taskId: 't',
      attempt: 1,
      ...call,
      signal: call.signal ?? new AbortController().signal,
    });
  return {
    registry,
    run,
    /** The output of a call that has to succeed. */
    output: async (tool: string, toolArguments: JsonObject, call?: Call): Promise<Output> => {
      const outcome = await run(tool, toolArguments, call);
      if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
      return outcome.output as JsonValue & Output;
    },
    /** The error of a call that has to fail. */
    error: async (tool: string, toolArguments: JsonObject, call?: Call) => {
      const outcome = await run(tool, toolArguments, call);
      if (outcome.ok) throw new Error(JSON.stringify(outcome.output));
      return outcome.error;
    },
  };
}

interface Output {
  readonly status: number;
  readonly headers: Readonly<Record<string, JsonValue>>;
  readonly body: JsonValue;
  readonly encoding?: string;
}

interface Seen {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Answers with what it saw, as JSON. */
async function mirror(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ method: request.method, headers: request.headers, body }));
}

const answer = (body: string | Buffer, type?: string) => (_: IncomingMessage, response: ServerResponse) => {
  if (type !== undefined) response.setHeader('content-type', type);
  response.end(body);
};

describe('http_get, http_post, http_request', () => {
  it('send what they are given [TOL-2]', async () => {
    const server = await httpServer(mirror);
    const { output } = toolsFor(server);
    const url = server.url();
    const sent = async (tool: string, more: JsonObject) =>
      (await output(tool, { url, ...more })).body as JsonValue & Seen;
    expect(await sent('http_get', { headers: { 'X-A': 'b' } })).toMatchObject({
      method: 'GET',
      headers: { 'x-a': 'b' },
    });
    const json = { method: 'POST', body: '{"a":[1,null]}', headers: { 'content-type': 'application/json' } };
    expect(await sent('http_post', { body: { a: [1, null] } })).toMatchObject(json);
    expect(await sent('http_post', { body: null })).toMatchObject({ body: 'null' });
    expect(await sent('http_post', { body: 'täxt' })).toMatchObject({
      body: 'täxt',
      headers: { 'content-type': 'text/plain; charset=utf-8' },
    });
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
    expect(await sent('http_post', { body: 'a=1', headers: form })).toMatchObject({
      body: 'a=1',
      headers: { 'content-type': form['Content-Type'] },
    });
    for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      expect(await sent('http_request', { method })).toMatchObject({ method });
    }
    expect((await output('http_request', { method: 'HEAD', url })).body).toBe('');
  });

  it.each([
    ['{"items":[{"id":7}]}', 'application/json; charset=utf-8', { items: [{ id: 7 }] }],
    ['{"title":"x"}', 'application/problem+json', { title: 'x' }],
    ['null', 'application/json', null],
    ['{broken', 'application/json', '{broken'],
    ['{"a":"\\u0000"}', 'application/json', '{"a":"\\u0000"}'],
    ['['.repeat(5000) + ']'.repeat(5000), 'application/json', '['.repeat(5000) + ']'.repeat(5000)],
    ['{"a":1}', 'text/plain', '{"a":1}'],
    ['<p>grüß</p>', 'text/html', '<p>grüß</p>'],
    [Buffer.from('grüß', 'latin1'), 'text/plain; charset=ISO-8859-1', 'grüß'],
    ['text without a type', undefined, 'text without a type'],
    ['', 'application/json', ''],
  ])('give the body %j of type %s as a value or text [TOL-2]', async (body, type, expected) => {
    const server = await httpServer(answer(body, type));
    const output = await toolsFor(server).output('http_get', { url: server.url() });
    expect(output.body).toEqual(expected);
    expect(output).not.toHaveProperty('encoding');
  });

  it('give bytes that are no text as base64 [TOL-2]', async () => {
    const bytes = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 255]);
    const server = await httpServer(answer(bytes, 'image/png'));
    const output = await toolsFor(server).output('http_get', { url: server.url() });
    expect(output).toMatchObject({ status: 200, body: bytes.toString('base64'), encoding: 'base64' });
  });

  it('take an error status for a result [TOL-2]', async () => {
    const server = await httpServer((_, response) => response.writeHead(503, { 'retry-after': '5' }).end('later'));
    const output = await toolsFor(server).output('http_get', { url: server.url() });
    expect(output).toMatchObject({ status: 503, headers: { 'retry-after': '5' }, body: 'later' });
  });

  it.each([
    ['more than a mebibyte', Buffer.alloc(MIB + 1, 'a'), 'text/plain'],
    ['bytes that become more as base64', Buffer.alloc(MIB * 0.9, 255), 'image/png'],
    ['text that becomes more as JSON', Buffer.alloc(MIB * 0.9, '"'), 'text/plain'],
  ])('refuse %s, and say what to do [TOL-2]', async (_, body, type) => {
    const server = await httpServer(answer(body, type));
    const error = await toolsFor(server).error('http_get', { url: server.url() });
    expect(error).toMatchObject({ code: 'response_too_large', retryable: false });
    expect(error.detail).toContain('Ask for less');
  });

  it('are not filled by a decompression bomb [TOL-2]', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * MIB));
    const server = await httpServer((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb));
    const error = await toolsFor(server).error('http_get', { url: server.url() });
    expect(error).toMatchObject({ code: 'response_too_large' });
  });

  it.each<[string, JsonObject, string]>([
    ['http_get', { url: 'file:///etc/passwd' }, 'url'],
    ['http_get', { url: 'http://user:password@example.com/' }, 'url'],
    ['http_get', { url: 'no url' }, 'url'],
    ['http_get', { url: 'http://example.com/', headers: { Host: 'x' } }, 'headers.Host'],
    ['http_get', { url: 'http://example.com/', headers: { 'transfer-encoding': 'x' } }, 'headers.transfer-encoding'],
    ['http_get', { url: 'http://example.com/', headers: { a: 'b\r\nHost: evil' } }, 'headers.a'],
    ['http_get', { url: 'http://example.com/', headers: { 'a: b\r\nc': 'd' } }, 'headers.a: b\r\nc'],
    [
      'http_get',
      { url: 'http://example.com/', headers: { 'X-HTTP-Method-Override': 'DELETE' } },
      'headers.X-HTTP-Method-Override',
    ],
    ['http_get', { url: 'http://example.com/', body: 'x' }, 'body'],
    ['http_post', { url: 'http://example.com/' }, 'body'],
    ['http_request', { url: 'http://example.com/', method: 'CONNECT' }, 'method'],
    ['http_request', { url: 'http://example.com/', method: 'get' }, 'method'],
  ])('%s refuses %j at submission [TOL-2] [TOL-5]', (tool, given, path) => {
    const issues = toolsFor().registry.validateArguments(tool, given, { references: 'allowed' });
    expect(issues).toMatchObject([{ path, message: expect.stringMatching(/\.$/) }]);
  });

  it('leave references for later [TOL-5]', () => {
    const given = {
      url: { $ref: 'a.output' },
      headers: { authorization: { $ref: 'b.output' } },
      body: { $ref: 'c.output' },
    };
    const { registry } = toolsFor();
    expect(registry.validateArguments('http_post', given, { references: 'allowed' })).toEqual([]);
    expect(registry.find('http_post')!.blocked(given)).toEqual([]);
  });

  it('send no body with GET, and no value in a format that is not JSON [TOL-2]', async () => {
    const server = await httpServer(mirror);
    const { error } = toolsFor(server);
    const url = server.url();
    const refusal = { code: 'invalid_arguments', retryable: false };
    expect(await error('http_request', { method: 'GET', url, body: 'x' })).toMatchObject(refusal);
    const headers = { 'content-type': 'text/csv' };
    expect(await error('http_post', { url, headers, body: [1] })).toMatchObject(refusal);
    expect(server.connections()).toBe(0);
  });
});

describe('what the gate is told of a request', () => {
  const facts = (tool: string, given: JsonObject) => toolsFor().registry.find(tool)!.facts(given);
  const reads = { permissionLevel: 'READ_ONLY', effect: 'idempotent', risk: 'LOW', action: null };
  const deletes = { permissionLevel: 'READ_WRITE', effect: 'non_idempotent', risk: 'HIGH', action: 'delete' };

  it('follows the method [TOL-4] [SAF-3]', () => {
    expect(facts('http_get', {})).toMatchObject(reads);
    expect(facts('fetch_webpage', {})).toMatchObject(reads);
    expect(facts('http_post', {})).toMatchObject({
      permissionLevel: 'READ_WRITE',
      effect: 'non_idempotent',
      action: null,
    });
    for (const method of ['GET', 'HEAD', 'OPTIONS']) expect(facts('http_request', { method })).toMatchObject(reads);
    const writes = { permissionLevel: 'READ_WRITE', action: null };
    expect(facts('http_request', { method: 'PUT' })).toMatchObject({ ...writes, effect: 'idempotent' });
    for (const method of ['POST', 'PATCH']) {
      expect(facts('http_request', { method })).toMatchObject({ ...writes, effect: 'non_idempotent' });
    }
    expect(facts('http_request', { method: 'DELETE' })).toMatchObject(deletes);
  });

  it.each([
    [{ method: { $ref: 'a.output' } }],
    [{ method: 'PURGE' }],
    [{ method: 'get' }],
    [{ method: 'toString' }],
    [{}],
  ])('is the most careful for %j [TOL-4] [SAF-3]', (given) => {
    expect(facts('http_request', given as JsonObject)).toMatchObject(deletes);
  });

  it.each(['http_get', 'http_post', 'http_request', 'fetch_webpage'])(
    'includes that %s would go inside [SAF-4]',
    (name) => {
      const tool = toolsFor().registry.find(name)!;
      for (const url of [
        'http://127.1/',
        'http://169.254.169.254/',
        'http://[::ffff:10.0.0.1]/',
        'http://a@localhost:80/',
      ]) {
        expect(tool.blocked({ url })).toMatchObject([{ code: 'address_blocked', argument: 'url' }]);
      }
      expect(tool.blocked({ url: 'https://example.com/' })).toEqual([]);
    },
  );
});

describe('a request to the inside', () => {
  it('is a violation, before and after a redirect [SAF-4]', async () => {
    const inside = await httpServer(answer('secret'));
    const server = await httpServer((_, response) => response.writeHead(302, { location: inside.url() }).end());
    const { error } = toolsFor(server);
    const violation = { code: 'address_blocked', violation: true, retryable: false };
    expect(await error('http_get', { url: inside.url() })).toMatchObject(violation);
    expect(await error('fetch_webpage', { url: inside.url() })).toMatchObject(violation);
    expect(await error('http_get', { url: server.url() })).toMatchObject(violation);
    expect(await error('http_post', { url: server.url(), body: 'x' })).toMatchObject(violation);
    expect([server.connections(), inside.connections()]).toEqual([2, 0]);
  });
});

describe('the idempotency key', () => {
  const keyOf = async (tools: ReturnType<typeof toolsFor>, given: JsonObject, call?: Call) => {
    const { body } = await tools.output('http_request', given, call);
    return (body as JsonValue & Seen).headers['idempotency-key'];
  };

  it('of the call is sent with what must not be repeated blindly [TOL-7]', async () => {
    const server = await httpServer(mirror);
    const tools = toolsFor(server);
    for (const method of ['POST', 'PATCH', 'DELETE']) {
      expect(await keyOf(tools, { method, url: server.url() }, { idempotencyKey: 'av-1' })).toBe('av-1');
    }
    expect(await keyOf(tools, { method: 'POST', url: server.url() })).toBeUndefined();
  });

  it('is left to the caller who gives one, and out of what may be repeated [TOL-7]', async () => {
    const server = await httpServer(mirror);
    const tools = toolsFor(server);
    const given = { method: 'POST', url: server.url(), headers: { 'IDEMPOTENCY-KEY': 'mine' } };
    const call = { idempotencyKey: 'av-1' };
    expect(await keyOf(tools, given, call)).toBe('mine');
    for (const method of ['GET', 'PUT']) {
      expect(await keyOf(tools, { method, url: server.url() }, call)).toBeUndefined();
    }
  });
});

describe('trouble', () => {
  it('before anything was sent may be tried again, whatever the method [TOL-2]', async () => {
    const { error } = toolsFor({ ...(await httpServer(mirror)), entry: '127.0.0.1:1' });
    const refusal = { code: 'connection_failed', retryable: true };
    expect(await error('http_get', { url: 'http://127.0.0.1:1/' })).toMatchObject(refusal);
    expect(await error('http_post', { url: 'http://127.0.0.1:1/', body: '' })).toMatchObject(refusal);
  });

  it('after a POST was sent is uncertain, and not tried again [TOL-7]', async () => {
    const server = await tcpServer((socket) => socket.once('data', () => socket.destroy()));
    const { error } = toolsFor(server);
    const url = server.url();
    expect(await error('http_get', { url })).toMatchObject({ code: 'connection_failed', retryable: true });
    expect(await error('http_request', { method: 'PUT', url })).toMatchObject({ code: 'connection_failed' });
    const uncertain = { code: 'outcome_uncertain', retryable: false, uncertain: true };
    expect(await error('http_post', { url, body: 'x' })).toMatchObject(uncertain);
    expect(await error('http_request', { method: 'DELETE', url })).toMatchObject(uncertain);
    expect(server.connections()).toBe(4);
  });

  it.each([
    ['is no HTTP', 'nonsense\r\n\r\n'],
    ['breaks off', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc'],
    ['is too large', `HTTP/1.1 200 OK\r\ncontent-length: ${2 * MIB}\r\n\r\n${'x'.repeat(2 * MIB)}`],
  ])('with an answer that %s leaves a POST uncertain [TOL-7]', async (_, sent) => {
    const server = await tcpServer((socket) => socket.once('data', () => socket.end(sent)));
    const { error } = toolsFor(server);
    const url = server.url();
    expect(await error('http_post', { url, body: 'x' })).toMatchObject({ code: 'outcome_uncertain', uncertain: true });
    expect(await error('http_get', { url })).not.toHaveProperty('uncertain');
  });

  it.each([
    ['bytes that become more as base64', Buffer.alloc(MIB * 0.9, 255), 'image/png'],
    ['text that becomes more as JSON', Buffer.alloc(MIB * 0.9, '"'), 'text/plain'],
  ])(
    'with an answer of %s tells that a POST was made, which is not to be made again for it [TOL-7]',
    async (_, body, type) => {
      const server = await httpServer(answer(body, type));
      const { error } = toolsFor(server);
      const url = server.url();
      const made = { code: 'response_too_large', retryable: false, uncertain: true, made: true };
      expect(await error('http_post', { url, body: 'x' })).toMatchObject(made);
      expect(await error('http_request', { method: 'PUT', url, body: 'x' })).not.toHaveProperty('uncertain');
    },
  );

  it('with a complete answer, whatever its status, is none: the outcome is known [TOL-7]', async () => {
    const server = await httpServer((_, response) => response.writeHead(503).end());
    const { output } = toolsFor(server);
    expect(await output('http_post', { url: server.url(), body: 'x' })).toMatchObject({ status: 503 });
  });

  it('that takes too long is uncertain once a connection stands, and not before [TOL-7]', async () => {
    const server = await tcpServer(() => {});
    const { error } = toolsFor(server);
    const call = { timeoutSeconds: 0.3 };
    const late = await error('http_post', { url: server.url(), body: 'x' }, call);
    expect(late).toMatchObject({ code: 'tool_timeout', uncertain: true });
    // Names that resolve to nothing are looked up before anything is sent.
    const lookup = (): Promise<never> => new Promise(() => {});
    const registry = new ToolRegistry(webTools(new Outbound({ allow: [], lookup })));
    const outcome = await new ToolRunner(registry).run({
      tool: 'http_post',
      arguments: { url: 'http://never.example/', body: 'x' },
      workspaceRoot: tmpdir(),
      signal: new AbortController().signal,
      goalId: 'g',
      taskId: 't',
      attempt: 1,
      ...call,
    });
    expect(outcome).toEqual({ ok: false, error: expect.not.objectContaining({ uncertain: true }) });
    expect(outcome).toMatchObject({ error: { code: 'tool_timeout' } });
  });

  it('ends with the signal or the time of the task, and with it the connection [TOL-2]', async () => {
    const server = await tcpServer(() => {});
    const { run } = toolsFor(server);
    const stop = new AbortController();
    const cancelled = run('http_get', { url: server.url() }, { signal: stop.signal });
    await expect.poll(() => server.open(), { interval: 10 }).toBe(1);
    stop.abort();
    expect(await cancelled).toMatchObject({ ok: false, error: { code: 'cancelled' } });
    await expect.poll(() => server.open(), { interval: 10, timeout: 2000 }).toBe(0);
  });
});
