import { type OnModuleDestroy } from '@nestjs/common';
import { TenantGate } from '#libs/http';
import { BriefCache, type Clock, DomainError } from '#libs/kernel';
import type { Actor, Authority, GoalRecord, Halt, Standing, Submitter, TenantRules } from '#libs/orchestration';
import { HALT_CHANNEL, NotificationListener, TenantTransaction, switchesOf } from '#libs/persistence';
import type { Permission } from '#libs/policy';
import type { ApiKeyRights } from '../../access/api-keys/api-keys.port.js';
import type { TenantDirectory } from '../../tenancy/tenants.port.js';

// A change is seen everywhere within a second; a kill switch at once, since its notification empties the cache.
const LIFE_MS = 500;
const MAX_ENTRIES = 10_000;

/** What is the same for all goals of a tenant. */
interface TenantView {
  readonly rules: TenantRules;
  /** The widest switch over all of the tenant's goals. */
  readonly halt: Halt | null;
  readonly haltedGoals: ReadonlyMap<string, Halt>;
}

interface SwitchRow {
  readonly scope: Halt['scope'];
  readonly goal_id: string | null;
  readonly engaged_by: Actor;
  readonly reason: string | null;
}

const SWITCHES = `select scope, goal_id, engaged_by, reason from (${switchesOf('$1')}) switches order by rank`;

/** How things stand for goals: kill switches, rights of whoever submitted them, and the tenant's own rules. */
export class GoalAuthority implements Authority, OnModuleDestroy {
  private readonly views: BriefCache<TenantView>;
  private readonly stopListening: readonly (() => void)[];

  constructor(
    private readonly tenants: TenantTransaction,
    private readonly directory: TenantDirectory,
    private readonly gate: TenantGate,
    private readonly keys: ApiKeyRights,
    listener: NotificationListener,
    clock: Pick<Clock, 'monotonic'>,
  ) {
    this.views = new BriefCache({ lifeMs: LIFE_MS, maxEntries: MAX_ENTRIES }, clock);
    const forget = () => this.views.clear();
    // What was sent while the connection was down is gone.
    this.stopListening = [listener.listen(HALT_CHANNEL, forget), listener.onReconnect(forget)];
  }

  onModuleDestroy(): void {
    for (const stop of this.stopListening) stop();
  }

  async standingOf(goal: Pick<GoalRecord, 'tenantId' | 'id' | 'submitter'>): Promise<Standing> {
    const { tenantId, id, submitter } = goal;
    const [view, mayRunTools] = await Promise.all([this.viewOf(tenantId), this.mayRunTools(tenantId, submitter)]);
    return { halt: view.halt ?? view.haltedGoals.get(id) ?? null, mayRunTools, rules: view.rules };
  }

  async mayApprove(tenantId: string, approver: Actor): Promise<boolean> {
    return (await this.isActive(tenantId)) && this.has(approver, 'goal:approve');
  }

  private async mayRunTools(tenantId: string, submitter: Submitter): Promise<boolean> {
    return (await this.isActive(tenantId)) && this.has(submitter, 'tool:execute');
  }

  /** Keys are the only credential so far; whatever else claims to act has no rights. */
  private async has({ kind, id }: Actor, permission: Permission): Promise<boolean> {
    return kind === 'api_key' && (await this.keys.permissionsNow(id)).has(permission);
  }

  private async isActive(tenantId: string): Promise<boolean> {
    try {
      await this.gate.assertActive(tenantId);
      return true;
    } catch (error) {
      // The gate says no by an error of the tenant; that the database is away is another matter.
      if (error instanceof DomainError && error.code !== 'unavailable') return false;
      throw error;
    }
  }

  private async viewOf(tenantId: string): Promise<TenantView> {
    const view = await this.views.get(tenantId, () => this.load(tenantId));
    return view!;
  }

  private async load(tenantId: string): Promise<TenantView> {
    const [{ approvals, tools }, rows] = await Promise.all([
      this.directory.settingsOf(tenantId),
      this.tenants.once<SwitchRow>(tenantId, SWITCHES, [tenantId]),
    ]);
    const halts = rows.map(({ scope, goal_id, engaged_by, reason }) => ({
      goalId: goal_id,
      halt: { scope, by: engaged_by, reason } satisfies Halt,
    }));
    // The widest comes first.
    const wide = halts.filter(({ goalId }) => goalId === null).map(({ halt }) => halt);
    return {
      rules: {
        allowedTools: tools?.allowed ?? null,
        wasmCodeNeedsApproval: approvals?.submitted_wasm_code_needs_approval ?? true,
      },
      halt: wide[0] ?? null,
      haltedGoals: new Map(halts.flatMap(({ goalId, halt }) => (goalId === null ? [] : [[goalId, halt]]))),
    };
  }
}
