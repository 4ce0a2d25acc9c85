import type { ValidateFunction } from 'ajv/dist/2020.js';
import { COMMON_ERRORS, type InputIssue, type JsonObject, type JsonValue, excerpt } from '#libs/kernel';
import { plainPath } from '../phrases/places.js';
import { compile } from './ajv.js';
import type { ParameterSchema, ParametersSchema, Playbook } from './playbook.js';
import { shown, toIssues } from './schema-issues.js';

/** Characters of JSON that all parameters of a goal may have together. */
const MAX_LENGTH = 256 * 1024;

const validators = new WeakMap<ParametersSchema, ValidateFunction<JsonObject>>();

function validatorOf(schema: ParametersSchema): ValidateFunction<JsonObject> {
  let validate = validators.get(schema);
  if (!validate) {
    // Written so that a schema which says nothing about further properties refuses them.
    validate = compile({ additionalProperties: false, ...schema });
    validators.set(schema, validate);
  }
  return validate;
}

export type CheckedParameters =
  | { readonly ok: true; readonly parameters: JsonObject }
  | { readonly ok: false; readonly issues: readonly InputIssue[] };

/** Checks parameters and fills in defaults. The paths of issues begin with the parameter's name. Never throws. */
export function checkParameters(schema: ParametersSchema, given: JsonObject): CheckedParameters {
  let copy: JsonValue;
  try {
    const text = JSON.stringify(given);
    if (text.length > MAX_LENGTH) {
      return { ok: false, issues: [{ path: '', message: `must have at most ${MAX_LENGTH} characters of JSON.` }] };
    }
    copy = JSON.parse(text) as JsonValue;
  } catch {
    return { ok: false, issues: [{ path: '', message: 'is nested too deep: make it flatter.' }] };
  }
  const validate = validatorOf(schema);
  if (validate(copy)) {
    const same = samePaths(schema, copy);
    return same.length === 0 ? { ok: true, parameters: copy } : { ok: false, issues: same };
  }
  const issues = toIssues(validate.errors, '').map((issue) => withRemedy(issue, schema));
  return { ok: false, issues };
}

/** Two parameters with one path: a report would be written over another, or over the file that it is about. */
function samePaths({ properties }: ParametersSchema, parameters: JsonObject): InputIssue[] {
  const names = new Map<string, string>();
  return Object.entries(properties).flatMap(([name, { format }]) => {
    const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (format !== 'workspace-path' || typeof value !== 'string') return [];
    const path = plainPath(value);
    const other = names.get(path);
    names.set(path, name);
    if (other === undefined) return [];
    return [
      { path: name, message: `is the same file as \`${other}\` (${shown(value)}): give each a path of its own.` },
    ];
  });
}

function withRemedy(issue: InputIssue, schema: ParametersSchema): InputIssue {
  const name = issue.path.split('.')[0] ?? '';
  const known = Object.keys(schema.properties);
  if (!Object.hasOwn(schema.properties, name)) {
    const choice = known.length === 0 ? 'The playbook has none.' : `The playbook has ${known.join(', ')}.`;
    return { path: issue.path, message: `There is no such parameter: remove it. ${choice}` };
  }
  return { path: issue.path, message: `${issue.message} ${about(schema.properties[name]!)}`.trim() };
}

/** What a parameter is, for somebody who gave a wrong one. */
function about(schema: ParameterSchema): string {
  const parts = [schema.description === undefined ? '' : excerpt(schema.description, 200).replace(/\.?$/, '.')];
  if (schema.default !== undefined) parts.push(`By default ${shown(schema.default)}.`);
  else if (schema.examples?.[0] !== undefined) parts.push(`For example ${shown(schema.examples[0])}.`);
  return parts.filter((part) => part !== '').join(' ');
}

/** The parameters of a goal, complete. Throws `invalid_input` with paths below `playbook.parameters`. */
export function completeParameters(playbook: Playbook, given: JsonObject): JsonObject {
  const checked = checkParameters(playbook.parameters, given);
  if (checked.ok) return checked.parameters;
  const issues = checked.issues.map(({ path, message }) => ({
    path: path === '' ? 'playbook.parameters' : `playbook.parameters.${path}`,
    message,
  }));
  const [first] = issues;
  throw COMMON_ERRORS.make('invalid_input', { detail: `${first!.path}: ${first!.message}`, issues });
}

/** Parameters to try a playbook with: the first example of each that has one; the others by default. */
export function exampleParameters(schema: ParametersSchema): JsonObject {
  return Object.fromEntries(
    Object.entries(schema.properties).flatMap(([name, { examples = [] }]): [string, JsonValue][] =>
      examples[0] === undefined ? [] : [[name, examples[0]]],
    ),
  );
}
