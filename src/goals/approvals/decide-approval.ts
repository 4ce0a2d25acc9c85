import { Injectable } from '@nestjs/common';
import { requirePrincipal } from '#libs/context';
import { formatTime } from '#libs/http';
import { isDeepStrictEqual } from 'node:util';
import { COMMON_ERRORS, type JsonValue, newId, publicId } from '#libs/kernel';
import type { Actor, Resolution, Submitter } from '#libs/orchestration';
import { EventRecorder, TenantTransaction, type Transaction } from '#libs/persistence';
import type { Principal } from '#libs/policy';
import { TenantDirectory } from '../../tenancy/tenants.port.js';
import { currentActor } from '../actors.js';
import { GoalCommands } from '../goal-commands.js';
import { refuse } from '../refuse.js';
import { commandParameters } from '../store/rows.js';
import { INSERT_COMMAND } from '../store/sql.js';
import { ApprovalQueries } from './approval-queries.js';
import { misfits } from './answers.js';
import { APPROVAL_ERRORS } from './approvals.errors.js';
import { isSamePerson } from './own-request.js';

interface Asked {
  readonly goal_id: string;
  readonly task_id: string;
  readonly state: string;
  readonly late: boolean;
  readonly requested_by: Submitter;
  readonly decided_by: Actor | null;
  readonly decided_at: Date | null;
  readonly arguments_hash: string;
  readonly kind: 'permission' | 'uncertain';
  readonly resolution: Resolution['kind'] | null;
  readonly output: JsonValue;
}

export interface Wish {
  readonly approved: boolean;
  readonly reason?: string | undefined;
  /** For an uncertain call that is approved, and only there. */
  readonly resolution?: Resolution['kind'] | undefined;
  /** With `took_effect` only. */
  readonly output?: JsonValue | undefined;
}

const ASKED = `
  select goal_id, task_id, state, expires_at <= clock_timestamp() as late, requested_by, decided_by, decided_at,
         arguments_hash, kind, resolution, output
    from approval where tenant_id = $1 and id = $2 for update`;

const DECIDE = `
  update approval set state = $3, decided_by = $4, decided_at = clock_timestamp(), decision_reason = $5, resolution = $6,
         output = coalesce($7, output)
   where tenant_id = $1 and id = $2`;

/**
 * Decides an approval. The decision, the command that brings it to the goal's owner and the event are one
 * transaction: either the task goes on, or nothing was decided.
 */
@Injectable()
export class DecideApproval {
  private readonly recorder = new EventRecorder();

  constructor(
    private readonly tenants: TenantTransaction,
    private readonly directory: TenantDirectory,
    private readonly approvals: ApprovalQueries,
    private readonly commands: GoalCommands,
  ) {}

  /**
   * Gives the goal's UUID once its owner has heard, or after two seconds. The same decision again, by the same
   * principal, changes nothing. Throws `not_found`, `invalid_input` for an answer that does not fit the question,
   * `approval_decided`, `approval_expired` or `own_request`.
   */
  async decide(id: string, wish: Wish): Promise<string> {
    const { tenantId, principal } = requirePrincipal();
    const { approvals: rules } = await this.directory.settingsOf(tenantId);
    const mayBeOwn = rules?.requester_may_approve ?? false;
    const commandId = newId();
    const { goalId, isNew } = await this.tenants.run(tenantId, async (transaction) => {
      const [asked] = await transaction.query<Asked>(ASKED, [tenantId, id]);
      if (!asked) throw COMMON_ERRORS.make('not_found', 'There is no such approval.');
      refuse(misfits(asked, wish));
      if (isRepeated(asked, wish)) return { goalId: asked.goal_id, isNew: false };
      refuseLate(asked);
      if (wish.approved && !mayBeOwn) refuseOwn(asked, principal);
      await this.write(transaction, tenantId, id, asked, wish, commandId);
      return { goalId: asked.goal_id, isNew: true };
    });
    if (isNew) await this.commands.heard(tenantId, goalId, commandId);
    return goalId;
  }

  /**
   * Decides the only approval that a goal, or one of its tasks, waits for. Throws `nothing_pending` or
   * `several_pending`, and what `decide` throws.
   */
  async decideOnly(goalId: string, taskId: string | undefined, wish: Wish): Promise<void> {
    const [only, another] = await this.approvals.pendingOf(goalId, taskId);
    if (only === undefined) throw APPROVAL_ERRORS.make('nothing_pending', 'Nothing of the goal waits for an approval.');
    if (another !== undefined) {
      throw APPROVAL_ERRORS.make(
        'several_pending',
        'Several approvals of the goal are pending; name one by `task_id`.',
      );
    }
    await this.decide(only, wish);
  }

  private async write(
    transaction: Transaction,
    tenantId: string,
    id: string,
    asked: Asked,
    {
      approved,
      reason = null,
      resolution: kind,
      output,
    }: Omit<Wish, 'reason'> & { readonly reason?: string | null | undefined },
    commandId: string,
  ): Promise<void> {
    const actor = currentActor();
    const { goal_id: goalId } = asked;
    const state = approved ? 'approved' : 'rejected';
    const said = output === undefined ? null : JSON.stringify(output);
    await transaction.query(DECIDE, [tenantId, id, state, JSON.stringify(actor), reason, kind ?? null, said]);
    const decision = { approvalId: id, approved, resolution: resolutionOf(kind, output) };
    const command = { id: commandId, goalId, kind: 'decide', decision, actor, reason } as const;
    await transaction.query(INSERT_COMMAND, commandParameters(tenantId, command));
    await this.recorder.record(transaction, tenantId, [
      {
        type: approved ? 'approval.granted' : 'approval.refused',
        actor: { ...actor },
        resource: { kind: 'goal', id: goalId },
        data: {
          approval_id: publicId('appr', id),
          task_id: publicId('task', asked.task_id),
          arguments_hash: asked.arguments_hash,
          kind: asked.kind,
          ...(kind && { resolution: kind }),
          reason,
        },
      },
    ]);
  }
}

function resolutionOf(kind: Resolution['kind'] | undefined, output: JsonValue | undefined): Resolution | null {
  if (kind === undefined || kind === 'repeat') return kind ? { kind } : null;
  return { kind, ...(output !== undefined && { output }) };
}

/** Clicked twice, or sent again because the answer was lost. */
function isRepeated({ state, decided_by, resolution, output }: Asked, wish: Wish): boolean {
  if (state !== (wish.approved ? 'approved' : 'rejected') || decided_by?.id !== currentActor().id) return false;
  if (resolution !== (wish.resolution ?? null)) return false;
  return wish.output === undefined || isDeepStrictEqual(output, wish.output);
}

function refuseLate(asked: Asked): void {
  const { state, late } = asked;
  if (state === 'expired' || (state === 'pending' && late)) {
    throw APPROVAL_ERRORS.make('approval_expired', 'Nobody decided in time, so that it counts as refused.');
  }
  if (state !== 'pending') throw APPROVAL_ERRORS.make('approval_decided', decisionOf(asked));
}

/** As what it was decided, by whom and when: of two who answer, the second knows whom to ask. */
function decisionOf({ state, resolution, decided_by: by, decided_at: at }: Asked): string {
  const answer = resolution ? ` with \`${resolution}\`` : '';
  const who = by ? ` by ${by.name} (${by.id})` : '';
  const when = at ? ` at ${formatTime(at)}` : '';
  if (state !== 'void') return `The approval was ${state}${answer}${who}${when}: the first answer counts.`;
  const before = by ? `was decided${answer}${who}${when}, and has become void` : `became void${when}`;
  return `The approval ${before}: its goal ended, or something else would have run.`;
}

function refuseOwn({ requested_by: requester }: Asked, principal: Principal): void {
  if (!isSamePerson(requester, principal)) return;
  throw APPROVAL_ERRORS.make('own_request', 'You asked for this; somebody else has to approve it.');
}
