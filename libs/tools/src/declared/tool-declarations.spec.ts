import { tmpdir } from 'node:os';
import type { JsonObject, JsonValue } from '#libs/kernel';
import { Outbound } from '#libs/outbound';
import { Sandboxes } from '#libs/sandbox';
import { describe, expect, it } from 'vitest';
import { httpServer } from '../../../outbound/src/conformance/loopback.js';
import { codeTools } from '../code/code-tools.js';
import { ToolRegistry } from '../registry.js';
import { ToolRunner } from '../runner.js';
import { webTools } from '../web/web-tools.js';
import type { ToolDeclaration } from './declaration.js';
import { ToolDeclarations } from './tool-declarations.js';

function setUp(allow: readonly string[] = []) {
  const builtIn = [...webTools(new Outbound({ allow })), ...codeTools(new Sandboxes([]))];
  const declarations = new ToolDeclarations(new ToolRegistry(builtIn));
  const run = (declaration: ToolDeclaration, given: JsonValue) => {
    const onDefect = (error: unknown): never => {
      throw error;
    };
    const runner = new ToolRunner(new ToolRegistry([...builtIn, declarations.toolOf(declaration)]), { onDefect });
    const { signal } = new AbortController();
    const call = { tool: declaration.name, arguments: given, workspaceRoot: tmpdir(), signal };
    return runner.run({ ...call, goalId: 'g', taskId: 't', attempt: 1, idempotencyKey: 'av-1' });
  };
  return { declarations, run };
}

const GET: ToolDeclaration = {
  name: 'weather',
  description: 'Tells the weather of a city.',
  input_schema: {
    type: 'object',
    properties: { city: { type: 'string' }, units: { enum: ['metric', 'imperial'] }, lang: {} },
    required: ['city'],
    additionalProperties: false,
  },
  permission_level: 'READ_ONLY',
  risk: 'LOW',
  effect: 'idempotent',
  http: {
    method: 'GET',
    url: 'https://api.example.com/v1/{city}?units={units}',
    headers: { 'accept-language': { $param: 'lang' }, accept: 'application/json' },
  },
};
const POST: ToolDeclaration = {
  ...GET,
  permission_level: 'READ_WRITE',
  risk: 'MEDIUM',
  effect: 'non_idempotent',
  http: { method: 'POST', url: 'https://api.example.com/v1', body: { city: { $param: 'city' }, fixed: [1] } },
};
const CODE: ToolDeclaration = {
  ...GET,
  permission_level: 'EXECUTE',
  risk: 'MEDIUM',
  effect: 'pure',
  http: undefined,
  javascript: { code: 'input.city.length' },
};

const { declarations } = setUp();
const issues = (declaration: object): string[] =>
  declarations.issuesOf(declaration as ToolDeclaration).map(({ path, message }) => `${path}: ${message}`);
const http = (of: ToolDeclaration, more: object): object => ({ ...of, http: { ...of.http, ...more } });

describe('a declaration', () => {
  it('of each kind is taken [TOL-10]', () => {
    for (const declaration of [GET, POST, CODE]) expect(issues(declaration)).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['a pure request', { ...GET, effect: 'pure' }, 'effect: must be at least `idempotent`'],
    ['a pure POST', { ...POST, effect: 'pure' }, 'effect: must be at least `non_idempotent`'],
    ['an idempotent POST', { ...POST, effect: 'idempotent' }, 'effect: must be at least `non_idempotent`'],
    ['a POST that only reads', { ...POST, permission_level: 'READ_ONLY' }, 'permission_level: must be at least'],
    ['a harmless DELETE', http({ ...POST, risk: 'LOW' }, { method: 'DELETE' }), 'risk: must be at least `HIGH`'],
    ['code that only reads', { ...CODE, permission_level: 'READ_WRITE' }, 'must be at least `EXECUTE`'],
    ['code of low risk', { ...CODE, risk: 'LOW' }, 'risk: must be at least `MEDIUM`, which is what JavaScript is'],
  ])('must not make less of itself: %s [TOL-10, TOL-4]', (_, declaration, says) => {
    expect(issues(declaration).join()).toContain(says);
  });

  it.each<[string, object, string]>([
    ['a list', { ...GET, input_schema: { type: 'array' } }, 'input_schema.type: must be `object`'],
    ['no type', { ...GET, input_schema: { properties: GET.input_schema['properties'] } }, 'input_schema.type'],
    [
      'no schema',
      { ...GET, input_schema: { type: 'object', required: 'city' } },
      'input_schema.required: must be array',
    ],
    ['what is elsewhere', { ...GET, output_schema: { $ref: 'https://x.example/y' } }, 'output_schema: refers to'],
    [
      'another draft',
      { ...GET, output_schema: { $schema: 'http://json-schema.org/draft-07/schema#' } },
      'output_schema.$schema',
    ],
  ])('has schemas that are some: not %s [TOL-10, TOL-5]', (_, declaration, says) => {
    expect(issues(declaration).join()).toContain(says);
  });

  it.each<[string, object, string]>([
    ['in the path', http(GET, { url: 'https://api.example.com/{town}' }), 'http.url: names `town`'],
    ['in the query', http(GET, { url: 'https://api.example.com/?a={b}' }), 'http.url: names `b`'],
    ['in a header', http(GET, { headers: { 'x-a': { $param: 'b' } } }), 'http.headers.x-a: names `b`'],
    ['in a body', http(POST, { body: [{ $param: 'b' }] }), 'http.body.0: names `b`'],
    ['of every object', http(POST, { body: [{ $param: 'toString' }] }), 'http.body.0: names `toString`'],
  ])('names arguments that it has: none %s [TOL-10]', (_, declaration, says) => {
    expect(issues(declaration).join()).toContain(says);
  });

  it('needs what stands in its path [TOL-10]', () => {
    const declaration = http(GET, { url: 'https://api.example.com/{city}/{units}' });
    expect(issues(declaration)).toEqual(['http.url: needs `units` for its path: add it to `input_schema.required`.']);
  });

  it.each<[string, object, string]>([
    ['an address inside', http(GET, { url: 'http://169.254.169.254/{city}' }), 'http.url: '],
    ['an address inside, in decimal', http(GET, { url: 'http://2130706433/{city}' }), 'http.url: '],
    ['an address inside, in IPv6', http(GET, { url: 'http://[::ffff:10.0.0.1]/{city}' }), 'http.url: '],
    ['this machine', http(GET, { url: 'http://localhost:3000/{city}' }), 'http.url: '],
    ['a header of the connection', http(GET, { headers: { Host: 'x' } }), 'http.headers.Host: is set by the client'],
    ['another method in a header', http(GET, { headers: { 'X-HTTP-Method-Override': 'DELETE' } }), 'would change'],
    ['the same by an argument', http(GET, { headers: { 'x-http-method': { $param: 'lang' } } }), 'would change'],
    ['a line break in a header', http(GET, { headers: { 'x-a': 'b\r\nc: d' } }), 'http.headers.x-a: has a value'],
    [
      'a header of another form',
      http(GET, { headers: { 'x-a': { $parm: 'city' } } }),
      'http.headers.x-a: must be text',
    ],
    ['a body with GET', http(GET, { body: 'x' }), 'http.body: is not sent with GET'],
  ])('is refused with %s [TOL-10, SAF-4]', (_, declaration, says) => {
    expect(issues(declaration).join()).toContain(says);
  });

  it.each<[string, object, string]>([
    ['Authorization', http(GET, { headers: { Authorization: 'Bearer x' } }), 'http.headers.Authorization: looks like'],
    ['X-API-Key', http(GET, { headers: { 'X-API-Key': 'x' } }), 'http.headers.X-API-Key: looks like a secret'],
    ['Cookie', http(GET, { headers: { Cookie: 'a=b' } }), 'http.headers.Cookie: looks like a secret'],
    ['a query', http(GET, { url: 'https://api.example.com/{city}?api_key=x' }), 'http.url: looks like a secret'],
    ['a body', http(POST, { body: { login: [{ password: 'x' }] } }), 'http.body.login.0.password: looks like a secret'],
    ['a parameter of another name', http(GET, { headers: { cookie: { $param: 'lang' } } }), 'name the parameter so'],
  ])('holds no secret: none in %s [TOL-10]', (_, declaration, says) => {
    expect(issues(declaration).join()).toContain(says);
  });

  it('lets calls bring a secret along, under a name that records mask [TOL-10]', () => {
    const properties = { ...(GET.input_schema['properties'] as JsonObject), api_token: { type: 'string' } };
    const declaration = http(GET, { headers: { authorization: { $param: 'api_token' } } });
    expect(issues({ ...declaration, input_schema: { ...GET.input_schema, properties } })).toEqual([]);
  });
});

describe('a declared tool', () => {
  it('is what it says, and never less than what it calls [TOL-10, TOL-4]', () => {
    const { facts } = declarations.toolOf({ ...http(POST, { method: 'DELETE' }), risk: 'LOW' } as ToolDeclaration);
    expect(facts({})).toEqual({
      effect: 'non_idempotent',
      permissionLevel: 'READ_WRITE',
      risk: 'HIGH',
      action: 'delete',
      runsCode: null,
    });
    expect(declarations.toolOf({ ...GET, action: 'deploy' }).facts({})).toMatchObject({ action: 'deploy' });
    expect(declarations.toolOf(CODE).facts({})).toMatchObject({ action: 'code', runsCode: 'wasm' });
    expect(declarations.toolOf({ ...CODE, action: 'payment' }).facts({})).toMatchObject({ action: 'payment' });
  });

  it('tells an approver of a deletion, whatever its declaration calls it [TOL-10, SAF-3]', () => {
    for (const action of ['code', 'payment', 'deploy', 'admin'] as const) {
      const declaration = { ...http(POST, { method: 'DELETE' }), risk: 'HIGH', action } as ToolDeclaration;
      expect(issues(declaration)).toEqual([expect.stringContaining('action: must be `delete`')]);
      expect(declarations.toolOf(declaration).facts({})).toMatchObject({ action: 'delete' });
      expect(issues({ ...declaration, action: 'delete' })).toEqual([]);
    }
    expect(issues({ ...GET, action: 'payment' })).toEqual([]);
    expect(issues({ ...CODE, action: 'deploy' })).toEqual([]);
  });

  it('is judged by where it really goes, also while its arguments are not known [TOL-10, SAF-4]', () => {
    const inside = http(GET, { url: 'http://10.0.0.1/{city}' }) as ToolDeclaration;
    for (const given of [{ city: 'x' }, { city: { $ref: 'a.output' } }, {}]) {
      expect(declarations.toolOf(inside).blocked(given)).toMatchObject([{ code: 'address_blocked', argument: 'url' }]);
      expect(declarations.toolOf(GET).blocked(given)).toEqual([]);
    }
  });

  it('makes its request with the arguments in their places [TOL-10]', async () => {
    const seen: unknown[] = [];
    const server = await httpServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      seen.push([request.method, request.url, request.headers['x-lang'], request.headers['content-type'], body]);
      response.setHeader('content-type', 'application/json').end('{"degrees": 21}');
    });
    const { run } = setUp([server.entry]);
    const declaration = http(POST, {
      url: server.url('/v1/{city}?units={units}'),
      headers: { 'X-Lang': { $param: 'lang' } },
      body: { city: { $param: 'city' }, units: { $param: 'units' } },
    }) as ToolDeclaration;
    const outcome = await run(declaration, { city: 'Zürich/..', lang: 5 });
    expect(outcome).toMatchObject({ ok: true, output: { status: 200, body: { degrees: 21 } } });
    expect(seen).toEqual([['POST', '/v1/Z%C3%BCrich%2F..', '5', 'application/json', '{"city":"Zürich/.."}']]);
    for (const [given, says] of [
      [{ city: '..' }, 'another path'],
      [{ city: '' }, 'must not be empty'],
      [{ city: 'x', lang: 'a\r\nb: c' }, 'X-Lang'],
      [{ city: 'x', lang: { a: 1 } }, 'X-Lang'],
      [{ city: 5 }, '`city` must be string'],
      [{}, '`city` is required'],
    ] as const) {
      expect(await run(declaration, given)).toMatchObject({
        ok: false,
        error: { code: 'invalid_arguments', detail: expect.stringContaining(says) as string },
      });
    }
    expect(seen).toHaveLength(1);
  });

  it('that is not to be repeated blindly says its key, and that it is uncertain, whatever its method [TOL-7, TOL-10]', async () => {
    const seen: unknown[] = [];
    const server = await httpServer((request, response) => {
      seen.push(request.headers['idempotency-key']);
      response.destroy();
    });
    const { run } = setUp([server.entry]);
    const declaration: ToolDeclaration = {
      ...GET,
      name: 'ring',
      effect: 'non_idempotent',
      http: { method: 'GET', url: server.url('/{city}') },
    };
    expect(await run(declaration, { city: 'Bern' })).toMatchObject({ error: { uncertain: true, retryable: false } });
    expect(await run({ ...declaration, effect: 'idempotent' }, { city: 'Bern' })).toMatchObject({
      error: { code: 'connection_failed', retryable: true },
    });
    expect(seen).toEqual(['av-1', undefined]);
  });

  it('is held to the output that it declares [TOL-10, TOL-5]', async () => {
    const server = await httpServer((_, response) => response.end('text'));
    const { run } = setUp([server.entry]);
    const declaration = http(GET, { url: server.url('/{city}') }) as ToolDeclaration;
    const output_schema = { properties: { body: { type: 'object' } } };
    expect(await run(declaration, { city: 'x' })).toMatchObject({ ok: true });
    expect(await run({ ...declaration, output_schema }, { city: 'x' })).toMatchObject({
      ok: false,
      error: { code: 'output_unexpected', detail: '`body` must be object.', retryable: false },
    });
  });

  it('that gave what does not fit was made all the same, and says so where it is not to be made twice [TOL-7, TOL-10]', async () => {
    const server = await httpServer((_, response) => response.end('text'));
    const { run } = setUp([server.entry]);
    const output_schema = { properties: { body: { type: 'object' } } };
    const declaration = { ...(http(GET, { url: server.url('/{city}') }) as ToolDeclaration), output_schema };
    expect(await run({ ...declaration, effect: 'non_idempotent' }, { city: 'x' })).toMatchObject({
      error: { code: 'output_unexpected', uncertain: true, made: true },
    });
    const again = await run({ ...declaration, effect: 'idempotent' }, { city: 'x' });
    expect(again).not.toHaveProperty('error.uncertain');
  });
});
