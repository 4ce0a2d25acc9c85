import type { InputIssue } from '#libs/kernel';
import type { Plan } from '#libs/orchestration';
import { compilePhrases } from '../phrases/playbook-phrases.js';
import { type PlaybookDocument, readDocument } from './document.js';
import { parameterIssues } from './parameter-schema.js';
import { checkParameters, exampleParameters } from './parameters.js';
import { type Playbook, invalidPlaybook } from './playbook.js';
import { fillPlan, templateIssues } from './template.js';
import { readYaml } from './yaml-source.js';

/**
 * Reads a playbook. Throws `invalid_playbook` with everything that is wrong, by path and line. Whether its tools exist
 * and take these arguments is not known here: hold `examplePlan` against the engine's `validatePlan`.
 */
export function parsePlaybook(text: string): Playbook {
  const source = readYaml(text);
  if (!source.ok) throw invalidPlaybook(source.issues);
  const read = readDocument(source.value);
  const issues = read.ok ? contentIssues(read.document) : read.issues;
  if (read.ok && issues.length === 0) return { ...read.document, source: text };
  throw invalidPlaybook(issues.map(({ path, message }) => ({ path, message: `${message}${source.where(path)}` })));
}

function contentIssues(document: PlaybookDocument): readonly InputIssue[] {
  const { parameters, phrases, plan } = document;
  const wrong = parameterIssues(parameters);
  if (wrong.length > 0) return wrong;
  const examples = exampleIssues(document);
  if (examples.length > 0) return examples;
  const known = new Set(Object.keys(parameters.properties));
  return [...templateIssues(plan.tasks, known), ...compilePhrases(phrases, parameters).issues];
}

/** Defaults and examples must be what the schema asks for: they are what people copy, and what plans are tried with. */
function exampleIssues({ parameters }: PlaybookDocument): InputIssue[] {
  const { properties, required = [] } = parameters;
  for (const name of required) {
    if (properties[name]?.default === undefined && (properties[name]?.examples ?? []).length === 0) {
      const message = 'A required parameter has an example, which the plan is tried with: add `examples`.';
      return [{ path: `parameters.properties.${name}`, message }];
    }
  }
  for (const [name, { default: value, examples = [] }] of Object.entries(properties)) {
    for (const [key, each] of [
      ['default', value] as const,
      ...examples.map((example) => ['examples', example] as const),
    ]) {
      if (each === undefined) continue;
      const checked = checkParameters({ ...parameters, required: [] }, { [name]: each });
      const [wrong] = checked.ok ? [] : checked.issues.filter((issue) => issue.path.split('.')[0] === name);
      if (wrong) return [{ path: `parameters.properties.${name}.${key}`, message: wrong.message }];
    }
  }
  return [];
}

/** The plan with the first example of each parameter: what a playbook is tried with before it is stored. */
export function examplePlan(playbook: Playbook): Plan {
  const checked = checkParameters(playbook.parameters, exampleParameters(playbook.parameters));
  // The parser has seen that examples fit.
  return fillPlan(playbook, checked.ok ? checked.parameters : {});
}
