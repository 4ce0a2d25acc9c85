import type { InputIssue, JsonValue } from '#libs/kernel';
import { compile } from './ajv.js';
import type { ParametersSchema, PlaybookTask } from './playbook.js';
import { toIssues } from './schema-issues.js';

const text = (maxLength: number) => ({ type: 'string', minLength: 1, maxLength });

const TASK = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'tool'],
  properties: {
    id: text(128),
    title: text(500),
    tool: text(128),
    arguments: { type: 'object' },
    depends_on: { type: 'array', maxItems: 1000, items: { type: 'string' } },
    retry: {
      type: 'object',
      additionalProperties: false,
      properties: { max_attempts: { type: 'integer', minimum: 1, maximum: 20 } },
    },
    timeout_seconds: { type: 'number', exclusiveMinimum: 0, maximum: 3600 },
    check: {
      type: 'object',
      additionalProperties: false,
      minProperties: 1,
      maxProperties: 1,
      properties: {
        schema: { type: ['object', 'boolean'] },
        expression: { type: 'string' },
        command: { type: 'array', minItems: 1, items: { type: ['string', 'object'] } },
      },
    },
  },
};

const DOCUMENT = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'title', 'description', 'plan'],
  properties: {
    name: text(64),
    version: text(32),
    title: text(200),
    description: text(4000),
    parameters: { type: 'object', default: { type: 'object', properties: {} } },
    phrases: { type: 'array', maxItems: 20, items: text(200), default: [] },
    plan: {
      type: 'object',
      additionalProperties: false,
      required: ['tasks'],
      properties: { tasks: { type: 'array', minItems: 1, maxItems: 1000, items: TASK } },
    },
  },
};

/** The outer shape of a playbook, before its parameters and its plan are looked into. */
export interface PlaybookDocument {
  readonly name: string;
  readonly version?: string;
  readonly title: string;
  readonly description: string;
  readonly parameters: ParametersSchema;
  readonly phrases: readonly string[];
  readonly plan: { readonly tasks: readonly PlaybookTask[] };
}

const NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;

const isDocument = compile<PlaybookDocument>(DOCUMENT);

export type DocumentRead =
  | { readonly ok: true; readonly document: PlaybookDocument }
  | { readonly ok: false; readonly issues: readonly InputIssue[] };

/** The outer shape, completed: no parameters, no phrases. */
export function readDocument(value: JsonValue): DocumentRead {
  if (!isDocument(value)) return { ok: false, issues: toIssues(isDocument.errors, '').map(explained) };
  if (NAME.test(value.name)) return { ok: true, document: value };
  const message = 'must be in kebab-case: `a-z`, `0-9` and single hyphens, e.g. `csv-report`.';
  return { ok: false, issues: [{ path: 'name', message }] };
}

function explained(issue: InputIssue): InputIssue {
  if (issue.path === '')
    return { path: '', message: 'A playbook is an object with name, title, description and plan.' };
  if (/\.(agent|prompt)$/.test(issue.path)) {
    return { path: issue.path, message: 'Tasks of a playbook call tools, without prompts: name a `tool`.' };
  }
  if (issue.path === 'version') return { path: 'version', message: 'must be a text: put it in quotes, e.g. `"1.0"`.' };
  return issue;
}
