import { Injectable } from '@nestjs/common';
import { Drain, requirePrincipal } from '#libs/context';
import { COMMON_ERRORS, DomainError, type JsonValue, hasCode, publicId } from '#libs/kernel';
import { type Failure, type GoalState, type TaskApproval, type TaskState, isFinal } from '#libs/orchestration';
import { TenantTransaction } from '#libs/persistence';
import { GoalQueries } from '../goal-queries.js';
import { refuse } from '../refuse.js';
import { SubmitGoal } from '../submit-goal.js';
import { GoalNews } from './goal-news.js';
import { TenantTools } from './tenant-tools.js';
import { REGISTERED_TOOL_ERRORS } from './tools.errors.js';
import type { ExecuteToolBody, ExecutedView, WaitingView } from './tools.schemas.js';

/** How long a request waits for its call at the most, and how long beyond the call's own limit. Milliseconds. */
const PATIENCE_MS = 30_000;
const GRACE_MS = 5_000;

/** What became of a call: its output, or where it stands. */
export type CallEnd =
  | { readonly kind: 'done'; readonly view: ExecutedView }
  | { readonly kind: 'waiting'; readonly view: WaitingView };

const CANCELLED: Failure = { code: 'cancelled', detail: 'Somebody cancelled the goal of the call.' };

interface CallRow {
  readonly state: GoalState;
  readonly error: Failure | null;
  readonly task_id: string | null;
  readonly task_state: TaskState | null;
  readonly task_error: Failure | null;
  readonly approval: TaskApproval | null;
}

const CALL = `
  select g.state, g.error, t.id as task_id, t.state as task_state, t.error as task_error, t.approval
    from goal g left join task t on t.tenant_id = g.tenant_id and t.goal_id = g.id
   where g.tenant_id = $1 and g.id = $2`;
const OUTPUT = 'select output from task where tenant_id = $1 and goal_id = $2';

/** One call of a tool: a goal of one task, so that gate, approval, record and switches are those of every other call. */
@Injectable()
export class ExecuteTool {
  constructor(
    private readonly tools: TenantTools,
    private readonly goals: GoalQueries,
    private readonly submitGoal: SubmitGoal,
    private readonly tenants: TenantTransaction,
    private readonly news: GoalNews,
    private readonly drain: Drain,
  ) {}

  /**
   * Makes the call, and waits for its end unless it waits for a person or takes long. `id` becomes that of the goal; the
   * same one again waits for the same call. Throws `not_found`, `invalid_input`, or `tool_call_failed`.
   */
  async execute(name: string, body: ExecuteToolBody, id: string): Promise<CallEnd> {
    const { tenantId } = requirePrincipal();
    const tool = (await this.tools.toolsOf(tenantId)).registry.find(name);
    if (!tool) throw COMMON_ERRORS.make('not_found', 'There is no such tool.');
    await this.submit(name, body, id);
    const seconds = body.timeout_seconds ?? tool.timeoutSeconds;
    const row = await this.news.until(id, () => this.endOf(tenantId, id), {
      milliseconds: Math.min(seconds * 1000 + GRACE_MS, PATIENCE_MS),
      signal: this.drain.signal,
    });
    const end = row ?? (await this.row(tenantId, id));
    if (!isFinal(end.state)) return { kind: 'waiting', view: waitingView(id, end) };
    if (end.state !== 'COMPLETED' || end.task_id === null) throw failed(name, id, end);
    return { kind: 'done', view: await this.executedView(tenantId, id, end.task_id) };
  }

  private async submit(tool: string, body: ExecuteToolBody, id: string): Promise<void> {
    const { arguments: given, files, timeout_seconds } = body;
    // One call is one attempt: whoever asked for it sees what happened, and decides.
    const task = { id: 'call', tool, arguments: given, timeout_seconds, retry: { max_attempts: 1 } };
    try {
      await this.submitGoal.submit(
        {
          description: `Call of ${tool}`,
          plan: { tasks: [task] },
          files,
          priority: 'normal',
          context: {},
          start: true,
          on_failure: 'fail',
        },
        id,
      );
    } catch (error) {
      if (hasCode(error, 'invalid_input') && error instanceof DomainError) refuse(ownPaths(error));
      throw error;
    }
  }

  /** The call as it stands once there is nothing more to wait for here. */
  private async endOf(tenantId: string, id: string): Promise<CallRow | undefined> {
    const row = await this.row(tenantId, id);
    return isFinal(row.state) || pendingApproval(row) !== null ? row : undefined;
  }

  private async row(tenantId: string, id: string): Promise<CallRow> {
    const [row] = await this.tenants.once<CallRow>(tenantId, CALL, [tenantId, id]);
    if (!row) throw COMMON_ERRORS.make('not_found', 'There is no such goal.');
    return row;
  }

  private async executedView(tenantId: string, id: string, taskId: string): Promise<ExecutedView> {
    const [task] = await this.tenants.once<{ output: JsonValue }>(tenantId, OUTPUT, [tenantId, id]);
    const artifacts = await this.goals.artifacts(id, { limit: 200, cursor: undefined });
    return {
      goal_id: publicId('goal', id),
      task_id: publicId('task', taskId),
      output: task?.output ?? null,
      artifacts: [...artifacts.data],
    };
  }
}

function pendingApproval({ task_state, approval }: CallRow): string | null {
  return task_state === 'AWAITING_APPROVAL' && approval !== null ? publicId('appr', approval.id) : null;
}

function waitingView(id: string, row: CallRow): WaitingView {
  return {
    goal_id: publicId('goal', id),
    task_id: row.task_id === null ? null : publicId('task', row.task_id),
    state: row.state,
    approval_id: pendingApproval(row),
  };
}

function failed(name: string, id: string, { error, task_id, task_error }: CallRow): DomainError {
  const { code, detail } = task_error ?? error ?? CANCELLED;
  return REGISTERED_TOOL_ERRORS.make('tool_call_failed', {
    detail: `${name}: ${detail}`,
    extensions: {
      goal_id: publicId('goal', id),
      task_id: task_id === null ? null : publicId('task', task_id),
      error: { code, detail },
    },
  });
}

/** What is wrong with the one task of the plan, as paths of the body that it was made of. */
function ownPaths({ issues = [] }: DomainError) {
  return issues.map(({ path, message }) => ({ path: path.replace(/^plan\.tasks\.0\./, ''), message }));
}
