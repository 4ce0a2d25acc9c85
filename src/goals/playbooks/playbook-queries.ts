import { Injectable } from '@nestjs/common';
import { requirePrincipal } from '#libs/context';
import { type Page, type PagingQuery, cutPage, decodeCursor } from '#libs/http';
import { COMMON_ERRORS } from '#libs/kernel';
import { BUILTIN_PLAYBOOKS } from '#libs/models';
import { TenantTransaction } from '#libs/persistence';
import { type Sized, hasMore, withinBytes } from '../page-bytes.js';
import {
  ONE,
  type PlaybookRow,
  SHELF,
  SUMMARIES,
  type ShelfRow,
  type SummaryRow,
  builtInSummary,
  builtInVersion,
  builtInView,
  playbookView,
  summaryView,
} from './playbook-rows.js';
import { type PlaybookSummary, type PlaybookView, playbookName } from './playbooks.schemas.js';

/** Reads of playbooks: those of the current tenant, and the built-in ones. */
@Injectable()
export class PlaybookQueries {
  constructor(private readonly tenants: TenantTransaction) {}

  /** By name, both kinds together. */
  async list({ limit, cursor }: PagingQuery): Promise<Page<PlaybookSummary>> {
    const after = decodeCursor(cursor, playbookName) ?? '';
    const sql = withinBytes(SUMMARIES, 'name');
    const rows = await this.query<SummaryRow & Sized>(sql, [after, limit + 1]);
    const isCut = hasMore(rows, limit);
    const own = rows.map(summaryView);
    const names = new Set(own.map(({ name }) => name));
    // Behind the last own one of a page that was cut there may be own ones that come first.
    const last = isCut ? own.at(-1)?.name : undefined;
    const builtIn = BUILTIN_PLAYBOOKS.filter(
      ({ name }) => name > after && !names.has(name) && (last === undefined || name < last),
    ).map(builtInSummary);
    const merged = [...own, ...builtIn].toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const view = (each: PlaybookSummary) => each;
    return cutPage(merged, limit, view, ({ name }) => name, isCut || merged.length > limit);
  }

  /** Throws `not_found`, also for a playbook of another tenant and for one that is deleted. */
  async get(name: string, version?: number): Promise<PlaybookView> {
    const own = await this.own(name, version);
    if (own) return playbookView(own);
    const builtIn = BUILTIN_PLAYBOOKS.find((each) => each.name === name);
    if (builtIn && (version === undefined || version === builtInVersion(builtIn))) return builtInView(builtIn);
    throw COMMON_ERRORS.make('not_found', 'There is no such playbook, or no such version of it.');
  }

  /** A playbook of the tenant's own, in its newest version unless another one is named. */
  async own(name: string, version?: number): Promise<PlaybookRow | undefined> {
    const [row] = await this.query<PlaybookRow>(ONE, [name, version ?? null]);
    return row;
  }

  /** What the tenant's own playbooks are found by. */
  shelf(): Promise<ShelfRow[]> {
    return this.query<ShelfRow>(SHELF, []);
  }

  private query<Row extends object>(sql: string, parameters: readonly unknown[]): Promise<Row[]> {
    const { tenantId } = requirePrincipal();
    return this.tenants.once<Row>(tenantId, sql, [tenantId, ...parameters]);
  }
}
