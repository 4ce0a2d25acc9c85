import { formatTime } from '#libs/http';
import type { Playbook } from '#libs/models';
import type { Actor } from '#libs/orchestration';
import type { PlaybookSummary, PlaybookView } from './playbooks.schemas.js';

/** What a playbook is listed and found by. */
export interface ShelfRow {
  readonly name: string;
  readonly version: number;
  readonly title: string;
  readonly description: string;
  readonly parameters: Playbook['parameters'];
  readonly phrases: readonly string[];
}

export interface SummaryRow extends ShelfRow {
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly updated_by: Actor;
}

/** One version, whole. */
export interface PlaybookRow extends SummaryRow {
  readonly plan: Playbook['plan'];
  readonly yaml: string;
}

const SHELF_COLUMNS = 'p.name, v.version, v.title, v.description, v.parameters, v.phrases';
const SUMMARY_COLUMNS = `${SHELF_COLUMNS}, p.created_at, v.created_at as updated_at, v.created_by as updated_by`;
const NEWEST = `from playbook p join playbook_version v using (tenant_id, name, version) where p.tenant_id = $1`;

/** All of a tenant's playbooks, without plans. */
export const SHELF = `select ${SHELF_COLUMNS} ${NEWEST} order by p.name`;

/** The playbooks behind a name ($2), at most $3. */
export const SUMMARIES = `
  select ${SUMMARY_COLUMNS}, octet_length(v.parameters::text) + octet_length(v.phrases::text) as bytes
    ${NEWEST} and p.name > $2 order by p.name limit $3`;

/** A version ($3; the newest where it is null) of a playbook ($2) that is not deleted. */
export const ONE = `
  select ${SUMMARY_COLUMNS}, v.plan, v.source as yaml
    from playbook p join playbook_version v using (tenant_id, name)
   where p.tenant_id = $1 and p.name = $2 and v.version = coalesce($3, p.version)`;

/** A playbook as planners match it against descriptions: the plan is read once it is known which one is meant. */
export function withoutPlan({ name, title, description, parameters, phrases }: ShelfRow): Playbook {
  return { name, title, description, parameters, phrases, plan: { tasks: [] }, source: '' };
}

export function playbookOf(row: PlaybookRow): Playbook {
  return { ...withoutPlan(row), plan: row.plan, source: row.yaml };
}

export function summaryView(row: SummaryRow): PlaybookSummary {
  const { kind, id, name } = row.updated_by;
  return {
    name: row.name,
    source: 'tenant',
    version: row.version,
    title: row.title,
    description: row.description,
    parameters: row.parameters,
    phrases: [...row.phrases],
    created_at: formatTime(row.created_at),
    updated_at: formatTime(row.updated_at),
    updated_by: { kind, id, name },
  };
}

export function playbookView(row: PlaybookRow): PlaybookView {
  return { ...summaryView(row), plan: row.plan, yaml: row.yaml };
}

/** Of a built-in playbook: its author counts it up in the YAML, which says 1 by saying nothing. */
export function builtInVersion({ version = '1' }: Playbook): number {
  return Number(version);
}

export function builtInSummary(playbook: Playbook): PlaybookSummary {
  const { name, title, description, parameters, phrases } = playbook;
  return {
    name,
    source: 'built_in',
    version: builtInVersion(playbook),
    title,
    description,
    parameters,
    phrases: [...phrases],
    created_at: null,
    updated_at: null,
    updated_by: null,
  };
}

export function builtInView(playbook: Playbook): PlaybookView {
  return { ...builtInSummary(playbook), plan: playbook.plan, yaml: playbook.source };
}
