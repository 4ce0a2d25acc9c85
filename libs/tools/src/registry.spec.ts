import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { BUILTIN_TOOLS } from './builtin/builtin-tools.js';
import { SchemaChecker } from './checks/schema-checker.js';
import { ToolRegistry } from './registry.js';
import { defineTool } from './tool.js';

const shaped = defineTool({
  name: 'shaped',
  description: 'Has arguments of every shape.',
  input: z.strictObject({
    name: z.string().max(5),
    count: z.number().int().min(1).max(9).optional(),
    rows: z
      .array(z.strictObject({ id: z.string() }))
      .min(2)
      .optional(),
    either: z.union([z.string(), z.strictObject({ id: z.string() })]).optional(),
    flag: z.boolean().optional(),
    free: z.unknown().optional(),
  }),
  output: z.null(),
  permissionLevel: 'READ_ONLY',
  risk: 'LOW',
  effect: 'pure',
  timeoutSeconds: 1,
  execute: () => null,
});

const registry = new ToolRegistry([...BUILTIN_TOOLS, shaped]);
const submitted = (value: unknown, tool = 'shaped'): string[] =>
  registry
    .validateArguments(tool, value as never, { references: 'allowed' })
    .map(({ path, message }) => `${path}: ${message}`);
const resolved = (value: unknown, tool = 'shaped'): string[] =>
  registry
    .validateArguments(tool, value as never, { references: 'resolved' })
    .map(({ path, message }) => `${path}: ${message}`);

describe('the registry', () => {
  it('refuses a second tool of the same name [TOL-5]', () => {
    expect(() => new ToolRegistry(BUILTIN_TOOLS).register(BUILTIN_TOOLS[0]!)).toThrow(
      expect.objectContaining({ code: 'tool_name_taken' }),
    );
  });

  it('holds the tools of the contract [TOL-1] [TOL-5]', () => {
    const names = new ToolRegistry(BUILTIN_TOOLS).list().map((tool) => tool.name);
    expect(names).toEqual(
      ['checksum_files', 'copy_file', 'create_directory', 'delete_file', 'echo', 'file_info', 'list_directory'].concat([
        'move_file',
        'read_file',
        'search_files',
        'sleep',
        'write_file',
      ]),
    );
    expect(registry.find('toString')).toBeUndefined();
  });

  it('describes every tool by schemas that are valid JSON Schema [TOL-5]', () => {
    const checker = new SchemaChecker();
    for (const tool of new ToolRegistry(BUILTIN_TOOLS).describeAll()) {
      expect([tool.name, checker.validateSchema(tool.input_schema)]).toEqual([tool.name, []]);
      expect([tool.name, checker.validateSchema(tool.output_schema)]).toEqual([tool.name, []]);
      expect(tool.output_schema).toHaveProperty('type', 'object');
      expect(tool.description).toMatch(/^[A-Z].{20}/);
    }
    expect(registry.describe('move_file')).toMatchObject({
      permission_level: 'READ_WRITE',
      effect: 'non_idempotent',
      idempotent: false,
      timeout_seconds: 30,
      needs: 'file_operations',
      input_schema: { required: ['from', 'to'], additionalProperties: false },
    });
  });

  it.each([
    ['read_file', 'READ_ONLY'],
    ['list_directory', 'READ_ONLY'],
    ['search_files', 'READ_ONLY'],
    ['file_info', 'READ_ONLY'],
    ['write_file', 'READ_WRITE'],
    ['create_directory', 'READ_WRITE'],
    ['copy_file', 'READ_WRITE'],
    ['move_file', 'READ_WRITE'],
    ['delete_file', 'READ_WRITE'],
  ])('gives %s the level %s [TOL-4]', (name, level) => {
    expect(registry.find(name)?.permissionLevel).toBe(level);
  });

  it('names the paths of a call as far as they are known [TOL-1] [TOL-5]', () => {
    const move = registry.find('move_file')!;
    expect(move.blocked({ from: '../a', to: { $ref: 'x.output' } })).toMatchObject([
      { code: 'path_outside_workspace', argument: 'from' },
    ]);
    expect(registry.find('echo')!.blocked({ path: '../x' })).toEqual([]);
  });
});

describe('arguments', () => {
  it.each([
    [{}, ['name: is required: text.']],
    ['text', [': must be an object, not text.']],
    [{ name: 5 }, ['name: must be text, not a number.']],
    [{ name: null }, ['name: must be text, not null.']],
    [{ name: 'toolong' }, ['name: must have at most 5 characters.']],
    [{ name: 'a', count: 0 }, ['count: must be at least 1.']],
    [{ name: 'a', count: 1.5 }, ['count: must be a whole number, not a number.']],
    [{ name: 'a', rows: [{ id: 'x' }] }, ['rows: must have at least 2 entries.']],
    [{ name: 'a', rows: [{ id: 'x' }, {}] }, ['rows.1.id: is required: text.']],
    [{ name: 'a', rows: [{ id: 'x' }, { id: 'y', is: 1 }] }, ['rows.1.is: is not known here: use `id` or remove it.']],
    [{ name: 'a', either: 5 }, ['either: has none of the forms that are allowed here.']],
    [{ name: 'a', flag: 'yes' }, ['flag: must be true or false, not text.']],
    [
      { name: 'a', nmae: 1 },
      ['nmae: is not known here: use `name`, `count`, `rows`, `either`, `flag`, `free` or remove it.'],
    ],
  ])('that are wrong are answered with path and remedy: %j [TOL-5]', (value, issues) => {
    expect(resolved(value)).toEqual(issues);
    expect(submitted(value)).toEqual(issues);
  });

  it('may refer to results at any depth: those are judged later [TOL-5]', () => {
    const ref = { $ref: 'load.output.rows' };
    for (const value of [
      ref,
      { name: ref },
      { name: 'a', rows: ref },
      { name: 'a', rows: [ref, { id: ref }] },
      { name: 'a', either: { id: ref } },
    ]) {
      expect([value, submitted(value)]).toEqual([value, []]);
    }
    expect(resolved({ name: ref })).toEqual(['name: must be text, not an object.']);
  });

  it('are checked wherever no reference stands [TOL-5]', () => {
    const ref = { $ref: 'load.output' };
    expect(submitted({ nmae: ref })).toHaveLength(2);
    expect(submitted({ name: ref, count: 0 })).toEqual(['count: must be at least 1.']);
    expect(submitted({ name: { more: ref } })).toEqual(['name: must be text, not an object.']);
    expect(submitted({ name: { $ref: 'x', and: 1 } })).toEqual(['name: must be text, not an object.']);
    expect(submitted({ name: 'a', rows: [ref] })).toEqual(['rows: must have at least 2 entries.']);
    expect(submitted({ name: { $ref: 5 } })[0]).toContain('name.$ref: must be text');
  });

  it('may hold a literal, in which nothing is interpreted [TOL-5]', () => {
    expect(submitted({ name: { $literal: 'a' }, free: { $literal: { $ref: 5 } } })).toEqual([]);
    expect(submitted({ $literal: { name: 'a' } })).toEqual([]);
    expect(submitted({ $literal: {} })).toEqual(['$literal.name: is required: text.']);
    expect(submitted({ name: { $literal: { $ref: 'x' } } })).toEqual(['name.$literal: must be text, not an object.']);
    expect(submitted({ name: 'a', rows: { $literal: [{ id: 1 }, { id: 'b' }] } })).toEqual([
      'rows.$literal.0.id: must be text, not a number.',
    ]);
  });

  it.each([
    '{"__proto__": {"polluted": 1}}',
    '{"a": [{"__proto__": {"polluted": 1}}]}',
    '{"a": {"$literal": {"__proto__": 1}}}',
  ])('cannot reach a prototype: %s [TOL-5]', (json) => {
    expect(submitted(JSON.parse(json), 'echo').join()).toContain('__proto__: is not allowed as a name');
    resolved(JSON.parse(json), 'echo');
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('that name a prototype are refused when they are resolved, too [TOL-5]', () => {
    expect(resolved(JSON.parse('{"__proto__": 1}'), 'echo').join()).toContain('__proto__');
    expect(resolved(JSON.parse('{"name": "a", "__proto__": 1}')).join()).toContain('__proto__');
  });

  it('nested without end are refused, not walked [TOL-5]', () => {
    const deep: unknown = JSON.parse(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`);
    expect(submitted(deep, 'echo').join()).toContain('more than 100 levels');
  });

  it('with a path out of the workspace are refused at submission already [TOL-1] [SAF-4]', () => {
    expect(submitted({ path: '../x' }, 'read_file')[0]).toContain('path: holds `..`');
    expect(submitted({ from: 'a', to: '/b' }, 'copy_file')[0]).toContain('to: is absolute');
    expect(submitted({ path: 'a', content: 'no base64!', encoding: 'base64' }, 'write_file')[0]).toContain(
      'content: must be base64',
    );
  });

  it('of a tool that does not exist are answered with those that do [TOL-5]', () => {
    expect(submitted({}, 'nothing')[0]).toContain('There is no tool `nothing`. Use one of `checksum_files`');
  });
});
