import type { InputIssue, JsonValue } from '#libs/kernel';
import type { z } from 'zod';
import { describeIssue } from './describe-issue.js';
import { prepareArguments } from './placeholders.js';

/** A tool's input in both of its forms: the one that checks, and the one that documents. */
export interface InputSchema {
  readonly schema: z.ZodObject;
  readonly jsonSchema: unknown;
}

/** Arguments that fit, as the tool gets them (with defaults filled in), or what is wrong with them. */
export type Checked =
  | { readonly ok: true; readonly input: unknown }
  | { readonly ok: false; readonly issues: readonly InputIssue[]; readonly leavesWorkspace: boolean };

/** Marks the issue of a path that would leave the workspace, so that it is not taken for a slip of the pen. */
export const VIOLATION = { violation: true } as const;

/** As a key it would reach the prototype of whoever copies the arguments. */
export const PROTO_KEY: InputIssue = { path: '__proto__', message: 'is not allowed as a name: use another one.' };

/** Checks arguments whose references have all been replaced: nothing in them is interpreted. */
export function checkResolved(input: InputSchema, value: JsonValue): Checked {
  // zod drops this key silently where unknown fields are welcome.
  if (typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__')) {
    return { ok: false, issues: [PROTO_KEY], leavesWorkspace: false };
  }
  const parsed = input.schema.safeParse(value);
  if (parsed.success) return { ok: true, input: parsed.data };
  return {
    ok: false,
    issues: parsed.error.issues
      .flatMap((issue) => describeIssue(issue, value, input.jsonSchema))
      .map(({ path, message }) => ({ path: path.join('.'), message })),
    leavesWorkspace: parsed.error.issues.some(
      (issue) => issue.code === 'custom' && issue.params?.['violation'] === true,
    ),
  };
}

/**
 * Checks arguments as they are submitted: `{"$ref": …}` stands for a value that nobody knows yet, so what is wrong
 * at or below it is left for later; `{"$literal": …}` is checked as the value that it holds.
 */
export function checkSubmitted(input: InputSchema, value: JsonValue): InputIssue[] {
  const prepared = prepareArguments(value);
  if (prepared.issues.length > 0) return [...prepared.issues];
  const parsed = input.schema.safeParse(prepared.value);
  if (parsed.success) return [];
  return parsed.error.issues
    .filter((issue) => {
      const path = issue.path.map(String);
      if (prepared.isUnknown(path)) return false;
      // A choice or a rule over several fields cannot be judged while one of them is unknown.
      return !((issue.code === 'invalid_union' || issue.code === 'custom') && prepared.holdsUnknown(path));
    })
    .flatMap((issue) => describeIssue(issue, prepared.value, input.jsonSchema))
    .map(({ path, message }) => ({ path: prepared.asWritten(path).join('.'), message }));
}
