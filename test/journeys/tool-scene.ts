import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'vitest';
import type { JsonObject, JsonValue } from '#libs/kernel';
import {
  type TestAnswer,
  type TestClient,
  type TestProgram,
  type TestTenant,
  createApiKey,
  createMember,
  createTenant,
  startTestProgram,
} from '#libs/testing';
import { allOf } from './goals.js';

export const TOOLS = '/api/v1/tools';

/** A request that has reached the server. */
interface Seen {
  readonly line: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface ToolJson {
  readonly name: string;
  readonly source: string;
  readonly needs: string;
  readonly definition: JsonObject | null;
}

export interface CallJson {
  readonly goal_id: string;
  readonly task_id: string;
  readonly output: JsonValue & { readonly status: number; readonly body: JsonValue };
  readonly state: string;
  readonly approval_id: string;
}

/** The program beside a server on this machine that tools may reach, and a tenant for each test. */
export class ToolScene {
  tenant!: TestTenant;
  client!: TestClient;
  /** What has reached the server since the test began. */
  seen: Seen[] = [];
  readonly origin: string;

  private constructor(
    readonly program: TestProgram,
    private readonly server: Server,
    entry: string,
  ) {
    this.origin = `http://${entry}`;
    server.on('request', (request, response) => void this.answer(request, response));
  }

  static async start(): Promise<ToolScene> {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const entry = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    return new ToolScene(await startTestProgram({ ROLE: 'all', OUTBOUND_ALLOW: entry }), server, entry);
  }

  /** Before each test. */
  async begin(): Promise<void> {
    this.seen = [];
    this.tenant = await createTenant(this.program.database);
    this.client = await this.signIn(this.tenant);
  }

  async close(): Promise<void> {
    await this.program.close();
    this.server.closeAllConnections();
    this.server.close();
  }

  async signIn(to: TestTenant, scopes?: readonly string[]): Promise<TestClient> {
    return this.program.client((await createApiKey(this.program.database, to, scopes ? { scopes } : {})).token);
  }

  /** Another admin of the tenant, since nobody approves their own request. */
  async colleague(): Promise<TestClient> {
    const { database } = this.program;
    return this.signIn({ ...this.tenant, admin: await createMember(database, this.tenant, ['TENANT_ADMIN']) });
  }

  async register(definition: object, by = this.client): Promise<TestAnswer<ToolJson>> {
    const made = await by.post<ToolJson>(TOOLS, definition);
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    return made;
  }

  call(name: string, given: JsonObject, by = this.client, more: object = {}): Promise<TestAnswer<CallJson>> {
    return by.post<CallJson>(`${TOOLS}/${name}/execute`, { arguments: given, ...more });
  }

  remove(name: string, by = this.client): Promise<TestAnswer<JsonObject>> {
    return by.send('DELETE', `${TOOLS}/${name}`);
  }

  /** The tenant's own tools, by name. */
  async own(by = this.client): Promise<string[]> {
    const all = await allOf<ToolJson>(by, TOOLS);
    return all.filter(({ source }) => source === 'tenant').map(({ name }) => name);
  }

  events(type: string): Promise<{ type: string; data: JsonObject }[]> {
    const sql = 'select type, category, actor, data from event where type = $1';
    return this.program.database.tenants.once(this.tenant.id, sql, [type]);
  }

  /** A tool that asks the server. */
  lookUp(more: object = {}) {
    return {
      name: 'look_up',
      description: 'Looks something up.',
      input_schema: {
        type: 'object',
        properties: { key: { type: ['string', 'number'] }, lang: { type: 'string' } },
        required: ['key'],
        additionalProperties: false,
      },
      permission_level: 'READ_ONLY',
      risk: 'LOW',
      effect: 'idempotent',
      http: { method: 'GET', url: `${this.origin}/v1/{key}?lang={lang}`, headers: { 'x-lang': { $param: 'lang' } } },
      ...more,
    };
  }

  /** One that a person has to agree to. */
  deploy(more: object = {}) {
    return this.lookUp({
      name: 'deploy_site',
      description: 'Deploys the site.',
      permission_level: 'READ_WRITE',
      risk: 'HIGH',
      effect: 'non_idempotent',
      action: 'deploy',
      http: { method: 'POST', url: `${this.origin}/deploy`, body: { version: { $param: 'key' }, by: 'village' } },
      ...more,
    });
  }

  /** One of JavaScript. */
  script(code: string, more: object = {}) {
    const { http: _http, ...declared } = this.lookUp();
    return { ...declared, name: 'script', permission_level: 'EXECUTE', risk: 'MEDIUM', javascript: { code }, ...more };
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    this.seen.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
    if (request.url === '/slow') await new Promise((resolve) => setTimeout(resolve, 1500));
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ line: request.url, rows: [{ n: 7 }] }));
  }
}
