import type { InputIssue, JsonValue } from '#libs/kernel';

/** Evaluates declared checks. Schemas are written by users: an implementation bounds their size and running time. */
export interface OutputChecker {
  /** What is wrong with the schema itself; empty when it can be used. */
  validateSchema(schema: JsonValue): readonly InputIssue[];
  /** Where the output does not meet the schema; empty when it does. */
  check(schema: JsonValue, output: JsonValue): readonly InputIssue[];
}
