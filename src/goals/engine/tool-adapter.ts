import type { InputIssue, JsonObject } from '#libs/kernel';
import type { ToolCall, ToolCatalogue, ToolOutcome, ToolRunner as ToolRunnerPort, ToolSpec } from '#libs/orchestration';
import type { ToolRegistry, ToolRunner } from '#libs/tools';
import type { Artifacts } from '../files/artifacts.js';
import type { Workspaces } from '../files/workspaces.js';

/** A registry as the core sees it. */
export class RegistryCatalogue implements ToolCatalogue {
  constructor(private readonly registry: ToolRegistry) {}

  find(name: string): ToolSpec | undefined {
    return this.registry.find(name);
  }

  names(): readonly string[] {
    return this.registry.list().map((tool) => tool.name);
  }

  validateArguments(name: string, given: JsonObject): readonly InputIssue[] {
    return this.registry.validateArguments(name, given, { references: 'allowed' });
  }
}

/** Runs a call in its goal's workspace, and keeps the files that it left. */
export class WorkspaceToolRunner implements ToolRunnerPort {
  constructor(
    private readonly runners: (tenantId: string) => ToolRunner | Promise<ToolRunner>,
    private readonly workspaces: Workspaces,
    private readonly artifacts: Artifacts,
  ) {}

  async run(call: ToolCall): Promise<ToolOutcome> {
    const workspaceRoot = this.workspaces.pathOf(call.tenantId, call.goalId);
    const runner = await this.runners(call.tenantId);
    const { idempotencyKey, ...rest } = call;
    const outcome = await runner.run({ ...rest, workspaceRoot, ...(idempotencyKey !== null && { idempotencyKey }) });
    if (!outcome.ok) {
      const { code, detail, retryable, violation = false, uncertain = false, made } = outcome.error;
      return { ok: false, error: { code, detail }, retryable, violation, uncertain, ...(made && { made }) };
    }
    const { output, outputBytes, artifacts } = outcome;
    const success = { ok: true as const, output, outputBytes, files: [] };
    return artifacts.length === 0 ? success : this.artifacts.keep(call, workspaceRoot, success, artifacts);
  }
}
