import { COMMON_ERRORS, type JsonObject } from '#libs/kernel';
import { Outbound } from '#libs/outbound';
import { type ToolDeclaration, ToolRegistry, ToolRunner, webTools } from '#libs/tools';
import { describe, expect, it } from 'vitest';
import { TenantTools } from './tenant-tools.js';

function declaration(name: string, more: object = {}): ToolDeclaration {
  return {
    name,
    description: 'Looks something up.',
    input_schema: { type: 'object' },
    permission_level: 'READ_ONLY',
    risk: 'LOW',
    effect: 'idempotent',
    http: { method: 'GET', url: 'https://api.example.com/' },
    ...more,
  };
}

/** The tools of tenants over rows that a test writes, a clock that it moves, and notifications that it sends. */
function setUp() {
  const rows = new Map<string, Map<string, ToolDeclaration>>();
  const asked = { ids: 0, definitions: [] as string[][] };
  const state = { now: 0, isAway: false, reported: [] as JsonObject[], notify: (): unknown => undefined };
  const assertThere = (): void => {
    if (state.isAway) throw COMMON_ERRORS.make('unavailable', 'The database is away.');
  };
  const tools = new TenantTools({
    builtIn: new ToolRegistry(webTools(new Outbound({ allow: [] }))),
    rows: {
      ids: async (tenant) => {
        asked.ids += 1;
        assertThere();
        return [...(rows.get(tenant)?.keys() ?? [])];
      },
      definitions: async (tenant, ids) => {
        asked.definitions.push([...ids]);
        assertThere();
        return ids.map((id) => ({ id, definition: rows.get(tenant)!.get(id)!, bytes: 100 }));
      },
    },
    runnerOf: (registry) => new ToolRunner(registry),
    listener: {
      listen: (_, handler) => {
        state.notify = () => handler('');
        return () => undefined;
      },
    },
    clock: { monotonic: () => state.now },
    report: (_, tool) => state.reported.push({ ...tool }),
  });
  const names = async (tenant: string) => (await tools.of(tenant)).names().filter((name) => name.startsWith('my_'));
  const write = (tenant: string, id: string, definition: ToolDeclaration): void => {
    rows.set(tenant, (rows.get(tenant) ?? new Map<string, ToolDeclaration>()).set(id, definition));
  };
  return { tools, rows, asked, state, names, write };
}

describe('the tools of a tenant', () => {
  it('are the built-in ones where there are no others [TOL-10]', async () => {
    const { tools } = setUp();
    const [a, b] = [await tools.toolsOf('a'), await tools.toolsOf('b')];
    expect(a).toBe(b);
    expect(a.registry.find('http_get')).toBeDefined();
  });

  it('are asked for once in half a second, however many goals want them [TOL-10]', async () => {
    const { tools, asked, state, names, write } = setUp();
    write('a', '1', declaration('my_one'));
    await Promise.all(Array.from({ length: 100 }, () => tools.of('a')));
    for (let n = 0; n < 100; n++) await tools.of('a');
    expect(asked).toEqual({ ids: 1, definitions: [['1']] });
    write('a', '2', declaration('my_two'));
    state.now = 499;
    expect(await names('a')).toEqual(['my_one']);
    state.now = 500;
    expect(await names('a')).toEqual(['my_one', 'my_two']);
    // What is known already is not read again.
    expect(asked).toEqual({ ids: 2, definitions: [['1'], ['2']] });
    state.now = 1000;
    expect(await tools.toolsOf('a')).toBe(await tools.toolsOf('a'));
    expect(asked).toMatchObject({ ids: 3, definitions: [['1'], ['2']] });
  });

  it('are asked for again at once when a notification comes [TOL-10]', async () => {
    const { rows, state, names, write } = setUp();
    expect(await names('a')).toEqual([]);
    write('a', '1', declaration('my_one'));
    state.notify();
    expect(await names('a')).toEqual(['my_one']);
    rows.get('a')!.delete('1');
    state.notify();
    expect(await names('a')).toEqual([]);
    // The same name with another id is another tool.
    write('a', '2', declaration('my_one', { action: 'deploy' }));
    state.notify();
    expect(await names('a')).toEqual(['my_one']);
  });

  it('stay known while the database is away [TOL-10]', async () => {
    const { tools, state, names, write } = setUp();
    write('a', '1', declaration('my_one'));
    expect(await names('a')).toEqual(['my_one']);
    await tools.of('none');
    state.isAway = true;
    state.now = 10_000;
    expect(await names('a')).toEqual(['my_one']);
    expect(await names('none')).toEqual([]);
    await expect(tools.of('never seen')).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('work although one of them cannot become a tool any more, or has a built-in one’s name [TOL-10]', async () => {
    const { tools, state, names, write } = setUp();
    write('a', '1', declaration('my_one', { http: { method: 'GET', url: 'no url' } }));
    write('a', '2', declaration('my_two'));
    write('a', '3', declaration('http_get', { action: 'deploy' }));
    expect(await names('a')).toEqual(['my_two']);
    expect((await tools.toolsOf('a')).registry.find('http_get')?.facts({})).toMatchObject({ action: null });
    expect(state.reported).toEqual([{ tenantId: 'a', toolId: '1' }]);
  });
});
