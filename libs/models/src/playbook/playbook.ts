import type { InputIssue, JsonObject, JsonValue } from '#libs/kernel';
import { MODEL_ERRORS } from '../models.errors.js';

/** A task as a playbook writes it: one of a submitted goal, in whose arguments `$param` may stand. */
export type PlaybookTask = {
  readonly id: string;
  readonly title?: string;
  readonly tool: string;
  readonly arguments?: JsonObject;
  readonly depends_on?: readonly string[];
  readonly retry?: { readonly max_attempts?: number };
  readonly timeout_seconds?: number;
  readonly check?: JsonObject;
};

// Types, not interfaces: only then TypeScript sees that they are JSON.

/** A parameter's JSON Schema, within the keywords that playbooks may use (see parameter-schema.ts). */
export type ParameterSchema = {
  readonly type: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly format?: string;
  readonly default?: JsonValue;
  readonly examples?: readonly JsonValue[];
  readonly enum?: readonly JsonValue[];
  readonly items?: ParameterSchema;
};

export type ParametersSchema = {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, ParameterSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
};

/** A plan with parameters, and the phrases by which a description asks for it. It is checked and never changes. */
export interface Playbook {
  /** kebab-case, at most 64 characters. */
  readonly name: string;
  readonly version?: string;
  readonly title: string;
  readonly description: string;
  readonly parameters: ParametersSchema;
  readonly phrases: readonly string[];
  readonly plan: { readonly tasks: readonly PlaybookTask[] };
  /** The YAML that it was read from. */
  readonly source: string;
}

/** The error of a playbook with these issues; there is at least one. */
export function invalidPlaybook(issues: readonly InputIssue[]) {
  const [first] = issues;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  const at = first!.path === '' ? '' : `${first!.path}: `;
  return MODEL_ERRORS.make('invalid_playbook', { detail: `${at}${first!.message}${more}`, issues });
}
