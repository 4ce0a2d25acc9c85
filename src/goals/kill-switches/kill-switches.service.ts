import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { requirePrincipal } from '#libs/context';
import { type Page, type PagingQuery, cutPage, decodeCursor } from '#libs/http';
import { COMMON_ERRORS, isUuid, newId } from '#libs/kernel';
import { type GoalState, MACHINE_ERRORS, isFinal } from '#libs/orchestration';
import {
  EventRecorder,
  HALT_CHANNEL,
  InstallationSwitch,
  type SwitchRecord,
  TenantTransaction,
  type Transaction,
  switchesOf,
} from '#libs/persistence';
import { TenantDirectory } from '../../tenancy/tenants.port.js';
import { currentActor, submitterOf } from '../actors.js';
import { refuseOwnLift } from './own-lift.js';
import { DELETE, ENGAGE, type Engaged, ENGAGED, GOAL_STATE, SWEEP, type SwitchRow, switchView } from './switch-rows.js';
import type { SwitchView } from './kill-switches.schemas.js';

/** Where a switch stands; null is the whole tenant. */
type Target = string | null;

interface News {
  readonly type: 'kill_switch.engaged' | 'kill_switch.lifted';
  readonly scope: SwitchView['scope'];
  readonly goalId: string | null;
  readonly reason: string | undefined;
}

/** Rank and id of the last one of a page. */
const position = z.tuple([z.int().min(0).max(2), z.string().refine(isUuid)]);

const LIST = `
  select * from (${switchesOf('$1')}) switches
   where $2::integer is null or (rank, id) > ($2, $3::uuid) order by rank, id limit $4`;

/** Stops goals at once and lets them go on (SAF-7). Engines and gate look at the rows; this only writes them. */
@Injectable()
export class KillSwitches {
  private readonly recorder = new EventRecorder();

  constructor(
    private readonly tenants: TenantTransaction,
    private readonly directory: TenantDirectory,
    private readonly installation: InstallationSwitch,
  ) {}

  /** What is engaged for the tenant, the widest first, then the oldest. */
  async list({ limit, cursor }: PagingQuery): Promise<Page<SwitchView>> {
    const { tenantId } = requirePrincipal();
    const [rank, id] = decodeCursor(cursor, position) ?? [null, null];
    const rows = await this.tenants.once<SwitchRow>(tenantId, LIST, [tenantId, rank, id, limit + 1]);
    return cutPage(rows, limit, switchView, (row) => [row.rank, row.id]);
  }

  /**
   * Engages the switch of a goal or of the tenant. Engaged already, it stays as it is. Throws `not_found` or
   * `goal_final`.
   */
  async engage(target: Target, reason: string | undefined): Promise<SwitchView> {
    const { tenantId, principal } = requirePrincipal();
    const scope = scopeOf(target);
    return this.tenants.run(tenantId, async (transaction) => {
      if (target !== null) await refuseEnded(transaction, tenantId, target);
      await transaction.query(SWEEP, [tenantId]);
      const by = JSON.stringify(submitterOf(principal));
      const given = [tenantId, newId(), target, by, reason ?? null];
      const [row] = await transaction.query<SwitchRow & { is_new: boolean }>(ENGAGE, given);
      if (row!.is_new) {
        await this.tell(transaction, { type: 'kill_switch.engaged', scope, goalId: target, reason });
      }
      return switchView({ ...row!, scope });
    });
  }

  /**
   * Lifts the switch of a goal or of the tenant. Throws `not_found` when none is engaged, and `own_request` where
   * whoever submitted a goal would lift what somebody else engaged for it.
   */
  async lift(target: Target): Promise<void> {
    const { tenantId, principal } = requirePrincipal();
    const { approvals: rules } = await this.directory.settingsOf(tenantId);
    await this.tenants.run(tenantId, async (transaction) => {
      await transaction.query(SWEEP, [tenantId]);
      const [engaged] = await transaction.query<Engaged>(ENGAGED, [tenantId, target]);
      if (!engaged) throw notEngaged();
      if (!rules?.requester_may_approve) refuseOwnLift(engaged, principal);
      await transaction.query(DELETE, [tenantId, engaged.id]);
      const scope = scopeOf(target);
      await this.tell(transaction, { type: 'kill_switch.lifted', scope, goalId: target, reason: undefined });
    });
  }

  /** Engages the switch for everything. Whoever asks is on record in their own tenant, and nowhere else. */
  async engageAll(reason: string | undefined): Promise<SwitchView> {
    const record = this.recordOfAll('kill_switch.engaged', reason);
    const engaged = await this.installation.engage(currentActor(), reason ?? null, record);
    return switchView({ ...engaged, scope: 'installation', goal_id: null });
  }

  /** Lifts it. Throws `not_found` when it is not engaged. */
  async liftAll(): Promise<void> {
    if (!(await this.installation.lift(this.recordOfAll('kill_switch.lifted', undefined)))) throw notEngaged();
  }

  private recordOfAll(type: News['type'], reason: string | undefined): SwitchRecord {
    const { tenantId } = requirePrincipal();
    const write = (transaction: Transaction) =>
      this.record(transaction, { type, scope: 'installation', goalId: null, reason });
    return { tenantId, write };
  }

  private async tell(transaction: Transaction, news: News): Promise<void> {
    await this.record(transaction, news);
    await transaction.query(`select pg_notify('${HALT_CHANNEL}', '')`);
  }

  private async record(transaction: Transaction, { type, scope, goalId, reason }: News): Promise<void> {
    const resource = goalId === null ? null : ({ kind: 'goal', id: goalId } as const);
    const data = { scope, reason: reason ?? null };
    const event = { type, actor: { ...currentActor() }, resource, data };
    await this.recorder.record(transaction, requirePrincipal().tenantId, [event]);
  }
}

function scopeOf(target: Target): 'goal' | 'tenant' {
  return target === null ? 'tenant' : 'goal';
}

/** Keeps the goal from ending until the switch is there, so that none is left over a goal that has ended meanwhile. */
async function refuseEnded(transaction: Transaction, tenantId: string, goalId: string): Promise<void> {
  const [goal] = await transaction.query<{ state: GoalState }>(GOAL_STATE, [tenantId, goalId]);
  if (!goal) throw COMMON_ERRORS.make('not_found', 'There is no such goal.');
  if (isFinal(goal.state)) {
    throw MACHINE_ERRORS.make('goal_final', `The goal is ${goal.state}; there is nothing to stop.`);
  }
}

function notEngaged() {
  return COMMON_ERRORS.make('not_found', 'No kill switch is engaged there.');
}
