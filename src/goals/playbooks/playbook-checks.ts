import { Injectable } from '@nestjs/common';
import { requirePrincipal } from '#libs/context';
import type { InputIssue } from '#libs/kernel';
import { MODEL_ERRORS, type Playbook, examplePlan, parsePlaybook, withLines } from '#libs/models';
import { validatePlan } from '#libs/orchestration';
import { TaskChecker } from '../engine/task-checker.js';
import { TenantTools } from '../tools/tenant-tools.js';

/** Bytes of JSON. Each description of a goal is held against the parameters of all playbooks of its tenant. */
const MAX_PARAMETER_BYTES = 16 * 1024;

/** Whether a text is a playbook that goals of the tenant can use. */
@Injectable()
export class PlaybookChecks {
  constructor(
    private readonly tools: TenantTools,
    private readonly checker: TaskChecker,
  ) {}

  /** The playbook that the text holds. Throws `invalid_playbook`, also for tools that the tenant does not have. */
  async read(source: string): Promise<Playbook> {
    const playbook = parsePlaybook(source);
    if (Buffer.byteLength(JSON.stringify(playbook.parameters)) > MAX_PARAMETER_BYTES) {
      const message = 'All parameters together have at most 16 KiB of JSON: shorten descriptions and defaults.';
      refusePlaybook(withLines(playbook, [{ path: 'parameters', message }]));
    }
    const tools = await this.tools.of(requirePrincipal().tenantId);
    // As for a goal with the parameters that the playbook itself gives as examples.
    refusePlaybook(withLines(playbook, validatePlan(examplePlan(playbook), { tools, checker: this.checker })));
    return playbook;
  }
}

/** Throws `invalid_playbook` when there are issues. */
export function refusePlaybook(issues: readonly InputIssue[]): void {
  const [first] = issues;
  if (first === undefined) return;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  throw MODEL_ERRORS.make('invalid_playbook', { detail: `${first.path}: ${first.message}${more}`, issues });
}
