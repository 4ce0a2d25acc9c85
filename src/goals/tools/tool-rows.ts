import { Injectable } from '@nestjs/common';
import type { JsonObject } from '#libs/kernel';
import type { Actor } from '#libs/orchestration';
import { type PreparedSql, TenantTransaction } from '#libs/persistence';
import type { ToolDeclaration } from '#libs/tools';

/** A registered tool as it is stored. */
export interface ToolRow {
  readonly id: string;
  readonly definition: ToolDeclaration & JsonObject;
  readonly registered_by: Actor;
  readonly registered_at: Date;
}

/** What a process needs of one to call it. */
export interface DefinitionRow {
  readonly id: string;
  readonly definition: ToolDeclaration;
  readonly bytes: number;
}

/** Asked twice a second for each tenant that is at work: the index has the answer. */
const IDS: PreparedSql = { name: 'tool_ids', text: 'select id from tool where tenant_id = $1 order by id' };

const DEFINITIONS = `
  select id, definition, octet_length(definition::text) as bytes from tool where tenant_id = $1 and id = any($2::uuid[])`;

const ONE = `
  select id, definition, registered_by, registered_at from tool where tenant_id = $1 and name = $2`;

/** Reads registered tools. */
@Injectable()
export class ToolRows {
  constructor(private readonly tenants: TenantTransaction) {}

  /** Ids of what a tenant has registered. A row never changes, so they say whether anything has. */
  async ids(tenantId: string): Promise<string[]> {
    const rows = await this.tenants.once<{ id: string }>(tenantId, IDS, [tenantId]);
    return rows.map(({ id }) => id);
  }

  definitions(tenantId: string, ids: readonly string[]): Promise<DefinitionRow[]> {
    return this.tenants.once<DefinitionRow>(tenantId, DEFINITIONS, [tenantId, ids]);
  }

  async find(tenantId: string, name: string): Promise<ToolRow | undefined> {
    const [row] = await this.tenants.once<ToolRow>(tenantId, ONE, [tenantId, name]);
    return row;
  }
}
