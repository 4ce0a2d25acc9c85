import { Script } from 'node:vm';
import type { InputIssue, JsonValue } from '#libs/kernel';
import type { OutputCheck, OutputChecker } from '#libs/orchestration';
import type { ExpressionChecker, SchemaChecker } from '#libs/tools';

const MAX_EXPRESSION_LENGTH = 4_096;

/** Evaluates the checks that tasks declare: schemas here, expressions in the wasm sandbox. */
export class TaskChecker implements OutputChecker {
  constructor(
    private readonly schemas: SchemaChecker,
    private readonly expressions: ExpressionChecker,
  ) {}

  validate(check: OutputCheck): readonly InputIssue[] {
    if (check.expression === undefined) {
      return this.schemas
        .validateSchema(check.schema)
        .map(({ path, message }) => ({ path: path === '' ? 'schema' : `schema.${path}`, message }));
    }
    const message = wrongWith(check.expression);
    return message === undefined ? [] : [{ path: 'expression', message }];
  }

  /** Tenants take turns; where none is named, the check is everybody's. */
  check(check: OutputCheck, output: JsonValue, signal: AbortSignal, tenantId: string) {
    if (check.expression === undefined) return this.schemas.check(check.schema, output);
    return this.evaluate(check.expression, output, signal, tenantId);
  }

  private async evaluate(
    expression: string,
    output: JsonValue,
    signal: AbortSignal,
    tenantId: string,
  ): Promise<readonly InputIssue[]> {
    const verdict = await this.expressions.check(expression, output, signal, tenantId);
    return verdict.ok ? [] : [{ path: '', message: verdict.reason }];
  }
}

function wrongWith(expression: string): string | undefined {
  if (expression.trim() === '') return 'must say something about `output`, e.g. `output.rows > 0`.';
  if (expression.length > MAX_EXPRESSION_LENGTH) return `must have at most ${MAX_EXPRESSION_LENGTH} characters.`;
  try {
    // Parsed only, and never run here: a slip is told at submission instead of after the work.
    void new Script(expression);
    return undefined;
  } catch (error) {
    return `is no JavaScript: ${error instanceof Error ? error.message : 'it cannot be read'}.`;
  }
}
