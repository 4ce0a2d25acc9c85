import type { InputIssue, JsonValue } from '#libs/kernel';
import type { TaskCheck } from '../plan/plan.js';

/** A declared check that looks at the output alone. */
export type OutputCheck = Exclude<TaskCheck, { readonly command: unknown }>;

/**
 * Evaluates declared checks. Schemas and expressions are written by users: an implementation bounds their size and
 * running time.
 */
export interface OutputChecker {
  /** What is wrong with the check itself, as paths below it; empty when it can be used. */
  validate(check: OutputCheck): readonly InputIssue[];
  /** Where the output does not meet the check; empty when it does. Gives up when the signal fires. Tenants take turns. */
  check(
    check: OutputCheck,
    output: JsonValue,
    signal: AbortSignal,
    tenantId: string,
  ): readonly InputIssue[] | Promise<readonly InputIssue[]>;
}
