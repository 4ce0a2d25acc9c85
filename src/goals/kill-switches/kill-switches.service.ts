import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { requirePrincipal } from '#libs/context';
import { type Page, type PagingQuery, cutPage, decodeCursor, formatTime } from '#libs/http';
import { COMMON_ERRORS, isUuid, newId, publicId } from '#libs/kernel';
import { type Actor, type Halt, MACHINE_ERRORS, isFinal } from '#libs/orchestration';
import {
  EventRecorder,
  HALT_CHANNEL,
  InstallationSwitch,
  TenantTransaction,
  type Transaction,
} from '#libs/persistence';
import { currentActor } from '../actors.js';
import { GoalQueries } from '../goal-queries.js';
import type { SwitchView } from './kill-switches.schemas.js';

interface SwitchRow {
  readonly id: string;
  readonly scope: Halt['scope'];
  readonly goal_id: string | null;
  readonly engaged_by: Actor;
  readonly reason: string | null;
  readonly engaged_at: Date;
}

/** Where a switch stands; null is the whole tenant. */
type Target = string | null;

const uuidPosition = z.string().refine(isUuid);
/** The switch for everything has no row in the tenant; it comes first in every list. */
const FIRST = '00000000-0000-0000-0000-000000000000';

const SWITCHES = `
  select * from (
    select '${FIRST}'::uuid as id, 'installation' as scope, null::uuid as goal_id, engaged_by, reason, engaged_at
      from installation_switch
    union all
    select id, case when goal_id is null then 'tenant' else 'goal' end, goal_id, engaged_by, reason, engaged_at
      from kill_switch where tenant_id = $1) switches`;

/** Stops goals at once and lets them go on (SAF-7). The engines and the gate look at the rows; this only writes them. */
@Injectable()
export class KillSwitches {
  private readonly recorder = new EventRecorder();

  constructor(
    private readonly tenants: TenantTransaction,
    private readonly installation: InstallationSwitch,
    private readonly goals: GoalQueries,
  ) {}

  /** What is engaged for the tenant, the widest first. */
  async list({ limit, cursor }: PagingQuery): Promise<Page<SwitchView>> {
    const { tenantId } = requirePrincipal();
    const after = decodeCursor(cursor, uuidPosition) ?? null;
    const sql = `${SWITCHES} where $2::uuid is null or id > $2 order by id limit $3`;
    const rows = await this.tenants.once<SwitchRow>(tenantId, sql, [tenantId, after, limit + 1]);
    return cutPage(rows, limit, switchView, (row) => row.id);
  }

  /** Engages the switch of a goal or of the tenant. Engaged already, it stays as it is. Throws `not_found`, `goal_final`. */
  async engage(target: Target, reason: string | undefined): Promise<SwitchView> {
    if (target !== null) {
      const { state } = await this.goals.row(target);
      if (isFinal(state)) throw MACHINE_ERRORS.make('goal_final', `The goal is ${state}; there is nothing to stop.`);
    }
    const { tenantId } = requirePrincipal();
    return this.tenants.run(tenantId, async (transaction) => {
      const made = await transaction.query(
        `insert into kill_switch (tenant_id, id, goal_id, engaged_by, reason) values ($1, $2, $3, $4, $5)
         on conflict (tenant_id, goal_id) do nothing returning id`,
        [tenantId, newId(), target, JSON.stringify(currentActor()), reason ?? null],
      );
      if (made.length > 0) await this.tell(transaction, tenantId, 'kill_switch.engaged', target, reason);
      const sql = `${SWITCHES} where scope <> 'installation' and goal_id is not distinct from $2`;
      const [row] = await transaction.query<SwitchRow>(sql, [tenantId, target]);
      return switchView(row!);
    });
  }

  /** Lifts the switch of a goal or of the tenant. Throws `not_found` when none is engaged. */
  async lift(target: Target): Promise<void> {
    const { tenantId } = requirePrincipal();
    await this.tenants.run(tenantId, async (transaction) => {
      const gone = await transaction.query(
        'delete from kill_switch where tenant_id = $1 and goal_id is not distinct from $2 returning id',
        [tenantId, target],
      );
      if (gone.length === 0) throw notEngaged();
      await this.tell(transaction, tenantId, 'kill_switch.lifted', target, undefined);
    });
  }

  /** Engages the switch for everything. Whoever asks is on record in their own tenant. */
  async engageAll(reason: string | undefined): Promise<SwitchView> {
    const isNew = await this.installation.engage(currentActor(), reason ?? null);
    if (isNew) await this.tellOfAll('kill_switch.engaged', reason);
    const engaged = await this.installation.read();
    if (!engaged) throw notEngaged();
    return switchView({ ...engaged, id: FIRST, scope: 'installation', goal_id: null });
  }

  async liftAll(): Promise<void> {
    if (!(await this.installation.lift())) throw notEngaged();
    await this.tellOfAll('kill_switch.lifted', undefined);
  }

  private async tellOfAll(type: 'kill_switch.engaged' | 'kill_switch.lifted', reason: string | undefined) {
    const { tenantId } = requirePrincipal();
    const data = { scope: 'installation', reason: reason ?? null };
    await this.tenants.run(tenantId, (transaction) =>
      this.recorder.record(transaction, tenantId, [{ type, actor: { ...currentActor() }, resource: null, data }]),
    );
  }

  private async tell(
    transaction: Transaction,
    tenantId: string,
    type: 'kill_switch.engaged' | 'kill_switch.lifted',
    target: Target,
    reason: string | undefined,
  ): Promise<void> {
    const resource = target === null ? null : ({ kind: 'goal', id: target } as const);
    const data = { scope: target === null ? 'tenant' : 'goal', reason: reason ?? null };
    await this.recorder.record(transaction, tenantId, [{ type, actor: { ...currentActor() }, resource, data }]);
    await transaction.query(`select pg_notify('${HALT_CHANNEL}', '')`);
  }
}

function notEngaged() {
  return COMMON_ERRORS.make('not_found', 'No kill switch is engaged there.');
}

function switchView({ scope, goal_id, engaged_by: { kind, id, name }, reason, engaged_at }: SwitchRow): SwitchView {
  return {
    scope,
    goal_id: goal_id === null ? null : publicId('goal', goal_id),
    engaged_by: { kind, id, name },
    reason,
    engaged_at: formatTime(engaged_at),
  };
}
