import { Injectable } from '@nestjs/common';
import { requirePrincipal } from '#libs/context';
import { type Page, type PagingQuery, cutPage, decodeCursor, formatTime } from '#libs/http';
import { COMMON_ERRORS } from '#libs/kernel';
import type { ToolDescription } from '#libs/tools';
import { TenantTools } from './tenant-tools.js';
import { ToolRows } from './tool-rows.js';
import { type ToolSummary, type ToolView, toolName } from './tools.schemas.js';

/** A page ends early where its tools become larger together. */
const PAGE_BYTES = 4 * 1024 * 1024;

/** Reads of tools: the built-in ones, and those of the current tenant. */
@Injectable()
export class ToolQueries {
  constructor(
    private readonly tools: TenantTools,
    private readonly rows: ToolRows,
  ) {}

  /** By name, both kinds together. */
  async list({ limit, cursor }: PagingQuery): Promise<Page<ToolSummary>> {
    const after = decodeCursor(cursor, toolName) ?? '';
    const { registry } = await this.tools.toolsOf(requirePrincipal().tenantId);
    const rest = registry.describeAll().filter(({ name }) => name > after);
    const fitting = rest.slice(0, fittingIn(rest.slice(0, limit)));
    const view = (tool: ToolDescription): ToolSummary => this.summary(tool);
    return cutPage(fitting, limit, view, ({ name }) => name, rest.length > fitting.length);
  }

  /** Throws `not_found`, also for a tool of another tenant. */
  async get(name: string): Promise<ToolView> {
    const { tenantId } = requirePrincipal();
    const { registry } = await this.tools.toolsOf(tenantId);
    const description = registry.describe(name);
    if (!description) throw COMMON_ERRORS.make('not_found', 'There is no such tool.');
    const row = this.tools.isBuiltIn(name) ? undefined : await this.rows.find(tenantId, name);
    return {
      ...this.summary(description),
      definition: row?.definition ?? null,
      registered_by: row?.registered_by ?? null,
      registered_at: row ? formatTime(row.registered_at) : null,
    };
  }

  private summary({ name, ...description }: ToolDescription): ToolSummary {
    return { name, source: this.tools.isBuiltIn(name) ? 'built_in' : 'tenant', ...description };
  }
}

/** How many of the tools fit into a page; one at least. */
function fittingIn(tools: readonly ToolDescription[]): number {
  let bytes = 0;
  const end = tools.findIndex((tool) => {
    bytes += Buffer.byteLength(JSON.stringify(tool));
    return bytes > PAGE_BYTES;
  });
  return end === -1 ? tools.length : Math.max(end, 1);
}
