import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemSchema } from '#libs/http';
import { CODES_WITH_STATUS, statusOf } from '../../src/edge/problem/status-of.js';
import { CATALOGUES, FAILURE_CATALOGUES } from '../../src/errors.js';
import { type TestEdge, startEdge } from './edge-server.js';
import { SampleController } from './sample.controller.js';

interface Operation {
  readonly operationId: string;
  readonly security?: object[];
  readonly parameters?: { name: string; in: string; required: boolean; schema: object }[];
  readonly requestBody?: { content: Record<string, { schema: object }> };
  readonly responses: Record<
    string,
    { content?: Record<string, { schema: object; examples?: Record<string, { value: object }> }> }
  >;
  readonly 'x-required-permissions'?: string[];
}

interface Document {
  readonly openapi: string;
  readonly info: object;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { schemas: Record<string, object>; securitySchemes: object };
}

let edge: TestEdge;
let document: Document;
beforeAll(async () => {
  edge = await startEdge([SampleController]);
  document = (await edge.anonymous().get<Document>('/openapi.json')).body;
});
afterAll(() => edge.close());

const operation = (method: string, path: string): Operation => document.paths[path]![method]!;

describe('error codes', () => {
  const codes = CATALOGUES.flatMap((catalogue) => Object.keys(catalogue.definitions));

  it('are each declared once', () => {
    expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
  });

  it('each have a status, and every status has a code', () => {
    expect(codes.filter((code) => statusOf(code) === undefined)).toEqual([]);
    expect(CODES_WITH_STATUS.filter((code) => !codes.includes(code))).toEqual([]);
  });

  it('are explained on a page, each under its own anchor', async () => {
    const page = await edge.anonymous().get<string>('/docs/errors');
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    for (const code of codes) expect(page.body).toContain(`id="${code}"`);
    const failures = FAILURE_CATALOGUES.flatMap((catalogue) => Object.keys(catalogue.definitions));
    for (const code of failures) expect(page.body).toContain(`id="failure_${code}"`);
  });
});

describe('the OpenAPI document', () => {
  it('describes requests and answers by the schemas that hold for them', () => {
    expect(document.openapi).toBe('3.1.0');
    const create = operation('post', '/sample/things');
    expect(create.requestBody?.content['application/json']?.schema).toEqual({
      $ref: '#/components/schemas/SampleInput',
    });
    expect(create.responses['201']?.content?.['application/json']?.schema).toEqual({
      $ref: '#/components/schemas/Sample',
    });
    expect(document.components.schemas['SampleInput']).toMatchObject({
      required: ['name'],
      additionalProperties: false,
    });
    expect(document.components.schemas['Sample']).not.toHaveProperty('additionalProperties');
  });

  it('describes parameters', () => {
    const names = operation('get', '/sample/things').parameters?.map(({ name, in: place, required }) => [
      name,
      place,
      required,
    ]);
    expect(names).toEqual([
      ['limit', 'query', false],
      ['cursor', 'query', false],
    ]);
    const [id] = operation('get', '/sample/things/{id}').parameters ?? [];
    expect(id).toMatchObject({
      name: 'id',
      in: 'path',
      required: true,
      schema: { pattern: expect.stringContaining('goal_') },
    });
  });

  it('says who may call a route and how it refuses, by the decorator that decides it [RBC-6]', () => {
    const list = operation('get', '/sample/things');
    expect(list['x-required-permissions']).toEqual(['goal:read']);
    expect(list.security).toEqual(expect.arrayContaining([{ api_key: [] }, { bearer: [] }]));
    expect(Object.keys(list.responses)).toEqual(['200', '400', '401', '403', '500', '503']);
    expect(operation('get', '/sample/public').security).toBeUndefined();
    const body = operation('post', '/sample/things').responses;
    expect(Object.keys(body)).toEqual(['201', '400', '401', '403', '404', '413', '415', '500', '503']);
  });

  it('gives an example for each error that is itself a problem document', () => {
    for (const item of Object.values(document.paths)) {
      for (const { responses } of Object.values(item)) {
        for (const [status, response] of Object.entries(responses)) {
          const problem = response.content?.['application/problem+json'];
          if (Number(status) < 400) continue;
          expect(problem?.schema).toEqual({ $ref: '#/components/schemas/Problem' });
          for (const [code, example] of Object.entries(problem?.examples ?? {})) {
            expect(problemSchema.parse(example.value)).toMatchObject({
              type: `http://village.test/docs/errors#${code}`,
              code,
              status: Number(status),
            });
          }
        }
      }
    }
  });

  it('refers to nothing that it does not hold', () => {
    const text = JSON.stringify(document);
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      expect(document.components.schemas).toHaveProperty(name!);
    }
    expect(text).not.toContain('#/$defs/');
  });

  it('names operations uniquely', () => {
    const ids = Object.values(document.paths).flatMap((item) =>
      Object.values(item).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain('Sample_create');
  });
});

it('the reference loads nothing from elsewhere and holds nothing inline', async () => {
  for (const path of ['/docs', '/docs/errors']) {
    const { body } = await edge.anonymous().get<string>(path);
    const loaded = [...body.matchAll(/<(?:script|link)[^>]+(?:src|href)="([^"]+)"/g)].map((match) => match[1]!);
    expect(loaded.length).toBeGreaterThan(1);
    expect(loaded.filter((target) => !target.startsWith('/'))).toEqual([]);
    expect(body).not.toMatch(/<style|<script(?![^>]*src=)|\son\w+=|style="/);
  }
  for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js', 'reference.css', 'reference.js']) {
    expect((await edge.anonymous().get<string>(`/docs/assets/${file}`)).status).toBe(200);
  }
  expect((await edge.anonymous().get('/docs/assets/package.json')).status).toBe(404);
});
