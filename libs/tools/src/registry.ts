import type { InputIssue, JsonObject, JsonValue } from '#libs/kernel';
import type { Checked } from './arguments/validate.js';
import type { ApprovalAction, Effect, PermissionLevel, Risk, Tool, ToolNeeds } from './tool.js';
import { TOOL_ERRORS } from './tools.errors.js';

/** A tool as the API and models see it (TOL-5); the names are the wire's. */
export interface ToolDescription {
  readonly name: string;
  readonly description: string;
  readonly permission_level: PermissionLevel;
  readonly risk: Risk;
  readonly effect: Effect;
  /** Whether a second run leaves the same trace as the first: true for the effects `pure` and `idempotent`. */
  readonly idempotent: boolean;
  /** What a person must agree to; where it depends on the arguments, the most that it can be. */
  readonly action: ApprovalAction | null;
  readonly timeout_seconds: number;
  /** What a worker must be able to do to run a call. */
  readonly needs: ToolNeeds;
  /** JSON Schema (draft 2020-12) of the arguments. */
  readonly input_schema: JsonObject;
  /** JSON Schema (draft 2020-12) of the output. */
  readonly output_schema: JsonObject;
}

interface Entry {
  readonly tool: Tool;
  readonly description: ToolDescription;
}

function describe(tool: Tool): ToolDescription {
  return {
    name: tool.name,
    description: tool.description,
    permission_level: tool.permissionLevel,
    risk: tool.risk,
    effect: tool.effect,
    idempotent: tool.effect !== 'non_idempotent',
    action: tool.facts({}).action,
    timeout_seconds: tool.timeoutSeconds,
    needs: tool.needs,
    input_schema: tool.input.jsonSchema,
    output_schema: tool.output.jsonSchema,
  };
}

/** The tools that exist. Whether a caller may use one is not decided here: that is the gate's. */
export class ToolRegistry {
  private readonly entries = new Map<string, Entry>();

  constructor(tools: readonly Tool[] = []) {
    for (const tool of tools) this.register(tool);
  }

  /** Adds a tool; raises `tool_name_taken` when there is one of its name. */
  register(tool: Tool): void {
    if (this.entries.has(tool.name)) {
      throw TOOL_ERRORS.make('tool_name_taken', `There is a tool \`${tool.name}\` already. Choose another name.`);
    }
    this.entries.set(tool.name, { tool, description: describe(tool) });
  }

  find(name: string): Tool | undefined {
    return this.entries.get(name)?.tool;
  }

  /** All tools in the order of their names. */
  list(): Tool[] {
    return this.sorted().map((entry) => entry.tool);
  }

  /** What one tool looks like from outside, or undefined when there is none of that name. */
  describe(name: string): ToolDescription | undefined {
    return this.entries.get(name)?.description;
  }

  /** What all tools look like from outside, in the order of their names. */
  describeAll(): ToolDescription[] {
    return this.sorted().map((entry) => entry.description);
  }

  /**
   * What is wrong with the arguments of a call; the paths are relative to them (`''` is the whole). At submission
   * references are `allowed`: what they stand for is not judged. Once they are `resolved`, everything is.
   */
  validateArguments(name: string, value: JsonValue, options: { references: 'allowed' | 'resolved' }): InputIssue[] {
    const entry = this.entries.get(name);
    if (entry === undefined) return [{ path: '', message: this.unknownTool(name) }];
    if (options.references === 'allowed') return entry.tool.input.checkSubmitted(value);
    const checked = entry.tool.input.checkResolved(value);
    return checked.ok ? [] : [...checked.issues];
  }

  /** A tool and its checked arguments, ready to run; undefined when there is no such tool. */
  prepare(name: string, value: JsonValue): { readonly tool: Tool; readonly checked: Checked } | undefined {
    const entry = this.entries.get(name);
    return entry && { tool: entry.tool, checked: entry.tool.input.checkResolved(value) };
  }

  /** The sentence for a name that no tool has. */
  unknownTool(name: string): string {
    const known = this.sorted().map((entry) => `\`${entry.tool.name}\``);
    return `There is no tool \`${name.slice(0, 128)}\`. Use one of ${known.join(', ')}.`;
  }

  private sorted(): Entry[] {
    return [...this.entries.values()].toSorted((a, b) => (a.tool.name < b.tool.name ? -1 : 1));
  }
}
