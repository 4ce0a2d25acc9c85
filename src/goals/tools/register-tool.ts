import { Injectable } from '@nestjs/common';
import { requirePrincipal } from '#libs/context';
import { COMMON_ERRORS, type JsonObject } from '#libs/kernel';
import { goalStates, isFinal } from '#libs/orchestration';
import { EventRecorder, TOOL_CHANNEL, TenantTransaction, type Transaction } from '#libs/persistence';
import { TOOL_ERRORS } from '#libs/tools';
import { currentActor } from '../actors.js';
import { refuse } from '../refuse.js';
import { TenantTools } from './tenant-tools.js';
import { REGISTERED_TOOL_ERRORS } from './tools.errors.js';
import type { RegisterToolBody } from './tools.schemas.js';

/** Tools that a tenant may have. */
const MAX_TOOLS = 200;

// How many tools a tenant has is decided by one at a time: a statement begins to see when the one before has committed.
const LOCK = `select pg_advisory_xact_lock(hashtextextended('tools ' || $1, 0))`;

const INSERT = `
  insert into tool (tenant_id, id, name, definition, registered_by)
  select $1, $2, $3, $4, $5 where (select count(*) from tool where tenant_id = $1) < ${MAX_TOOLS}
  on conflict do nothing returning id`;

/** Unfinished goals that have a tool in their plan. */
const MEANT_BY_GOALS = `
  select from goal g
    join goal_plan p on p.tenant_id = g.tenant_id and p.goal_id = g.id and p.version = g.plan_version
   where g.tenant_id = $1 and g.state = any($3) and p.plan::text like '%"' || $2 || '"%'
     and exists (select from json_array_elements(p.plan -> 'tasks') task where task ->> 'tool' = $2)
   limit 1`;

const UNFINISHED = goalStates.filter((state) => !isFinal(state));

/** Registers and deletes the tools of the current tenant. */
@Injectable()
export class RegisterTool {
  private readonly recorder = new EventRecorder();

  constructor(
    private readonly tenants: TenantTransaction,
    private readonly tools: TenantTools,
  ) {}

  /**
   * Registers a tool. The same `id` again changes nothing: a request that is repeated after a crash ends where the first
   * one did. Throws `invalid_input`, `tool_name_taken`, `tool_name_in_use` or `tool_limit`.
   */
  async register(definition: RegisterToolBody, id: string): Promise<void> {
    const { name } = definition;
    if (this.tools.isBuiltIn(name)) throw taken(name, 'a built-in tool');
    refuse(this.tools.issuesOf(definition));
    const text = JSON.stringify(definition);
    await this.locked(async (transaction, tenantId) => {
      const made = await transaction.query(INSERT, [tenantId, id, name, text, JSON.stringify(currentActor())]);
      if (made.length === 0) return this.explain(transaction, tenantId, id, name);
      if ((await transaction.query(MEANT_BY_GOALS, [tenantId, name, UNFINISHED])).length > 0) throw meant(name);
      await this.tell(transaction, tenantId, 'tool.registered', { name, definition: JSON.parse(text) as JsonObject });
    });
  }

  /** Deletes a tool of the tenant's own. Throws `not_found` or `tool_built_in`. */
  async remove(name: string): Promise<void> {
    await this.locked(async (transaction, tenantId) => {
      const sql = 'delete from tool where tenant_id = $1 and name = $2 returning id';
      const gone = await transaction.query(sql, [tenantId, name]);
      if (gone.length === 0) throw this.tools.isBuiltIn(name) ? builtIn(name) : notFound();
      await this.tell(transaction, tenantId, 'tool.deleted', { name });
    });
  }

  private async locked(work: (transaction: Transaction, tenantId: string) => Promise<void>): Promise<void> {
    const { tenantId } = requirePrincipal();
    await this.tenants.run(tenantId, async (transaction) => {
      await transaction.query(LOCK, [tenantId]);
      await work(transaction, tenantId);
    });
    // The notification of the transaction tells everybody; whoever asks here next must not have to wait for it.
    this.tools.forget();
  }

  /** Why nothing was stored; returns when the same request has stored it before. */
  private async explain(transaction: Transaction, tenantId: string, id: string, name: string): Promise<void> {
    const sql = 'select id from tool where tenant_id = $1 and name = $2';
    const [row] = await transaction.query<{ id: string }>(sql, [tenantId, name]);
    if (row?.id === id) return;
    if (row) throw taken(name, 'a tool');
    const detail = `The tenant has ${MAX_TOOLS} tools, and may not have more. Delete one first.`;
    throw REGISTERED_TOOL_ERRORS.make('tool_limit', detail);
  }

  private async tell(
    transaction: Transaction,
    tenantId: string,
    type: 'tool.registered' | 'tool.deleted',
    data: JsonObject,
  ): Promise<void> {
    await transaction.query(`select pg_notify('${TOOL_CHANNEL}', '')`);
    await this.recorder.record(transaction, tenantId, [{ type, actor: { ...currentActor() }, resource: null, data }]);
  }
}

function taken(name: string, by: string) {
  return TOOL_ERRORS.make('tool_name_taken', {
    detail: `There is ${by} \`${name}\` already. Choose another \`name\`.`,
    issues: [{ path: 'name', message: `is the name of ${by}: choose another one.` }],
  });
}

function meant(name: string) {
  const detail = `Goals that have not ended mean another tool by \`${name}\`. Wait for their end, or choose another \`name\`.`;
  return REGISTERED_TOOL_ERRORS.make('tool_name_in_use', detail);
}

function builtIn(name: string) {
  return REGISTERED_TOOL_ERRORS.make('tool_built_in', `\`${name}\` is a built-in tool and stays.`);
}

function notFound() {
  return COMMON_ERRORS.make('not_found', 'There is no such tool.');
}
