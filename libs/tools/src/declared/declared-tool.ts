import type { InputIssue, JsonObject, JsonValue } from '#libs/kernel';
import { sentencesOf } from '../arguments/sentences.js';
import type { SchemaChecker } from '../checks/schema-checker.js';
import type { Tool, ToolContext } from '../tool.js';
import { ToolFailure, afterTheCall } from '../tool-failure.js';
import type { ToolDeclaration } from './declaration.js';
import { type Expansion, expansionOf } from './expansion.js';
import { JsonSchemaInput, type Patience } from './json-schema-input.js';
import { factsOfDeclared } from './strength.js';

/** What declared tools are made with. */
export interface DeclaredToolParts {
  readonly findBuiltIn: (name: string) => Tool | undefined;
  readonly schemas: SchemaChecker;
  readonly patience: Patience;
}

/** The built-in tool that a declaration calls; throws a TypeError where there is none. */
export function baseOf({ base }: Expansion, { findBuiltIn }: Pick<DeclaredToolParts, 'findBuiltIn'>): Tool {
  const tool = findBuiltIn(base);
  if (!tool) throw new TypeError(`there is no tool ${base}`);
  return tool;
}

/** The tool that a declaration describes. Throws a TypeError for one that `declarationIssues` would refuse. */
export function declaredTool(declaration: ToolDeclaration, parts: DeclaredToolParts): Tool {
  const { name, description, input_schema, output_schema, timeout_seconds } = declaration;
  const { schemas, patience } = parts;
  const expansion = expansionOf(declaration);
  const base = baseOf(expansion, parts);
  const facts = factsOfDeclared(declaration, base.facts(expansion.sketch({})));
  const { permissionLevel, risk, effect } = facts;
  return {
    name,
    description,
    permissionLevel,
    risk,
    effect,
    timeoutSeconds: timeout_seconds ?? base.timeoutSeconds,
    needs: base.needs,
    input: new JsonSchemaInput(input_schema, schemas, patience),
    // It is checked as a part of the call: that it does not fit is a slip of the declaration, no defect of the program.
    output: { jsonSchema: output_schema ?? expansion.outputSchema(base), faultOf: () => undefined },
    facts: () => facts,
    blocked: (given) => base.blocked(expansion.sketch(given)),
    // The runner passes what `input` let through, which is an object.
    execute: async (input, context) => {
      const repeatable = effect !== 'non_idempotent';
      const output = await call(base, expansion, input as JsonObject, { ...context, repeatable });
      if (output_schema === undefined) return output;
      const check = (): void => checkFits(schemas.check(output_schema, output));
      if (repeatable) check();
      else afterTheCall(check);
      return output;
    },
  };
}

async function call(base: Tool, expansion: Expansion, given: JsonObject, context: ToolContext): Promise<JsonValue> {
  const checked = base.input.checkResolved(expansion.expand(given));
  if (!checked.ok) throw new ToolFailure('invalid_arguments', sentencesOf(checked.issues));
  return expansion.outputOf(await base.execute(checked.input, context));
}

function checkFits(issues: readonly InputIssue[]): void {
  if (issues.length > 0) throw new ToolFailure('output_unexpected', sentencesOf(issues));
}
