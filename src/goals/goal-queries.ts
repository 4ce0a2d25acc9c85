import { Inject, Injectable } from '@nestjs/common';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { requirePrincipal } from '#libs/context';
import {
  type JournalEntrySource,
  type JournalEntryView,
  type Page,
  type PagingQuery,
  cutPage,
  decodeCursor,
  journalView,
} from '#libs/http';
import { COMMON_ERRORS, isUuid } from '#libs/kernel';
import type { GoalState } from '#libs/orchestration';
import { type PreparedSql, TenantTransaction } from '#libs/persistence';
import type { FileStore } from '#libs/tools';
import { FILE_STORE } from './engine/tokens.js';
import { contentKey } from './files/contents.js';
import type { ArtifactView, TaskView } from './goal-parts.schemas.js';
import {
  type ArtifactRow,
  GOAL_COLUMNS,
  type GoalRow,
  TASK_COLUMNS,
  type TaskRow,
  artifactView,
  goalView,
  taskView,
} from './goal-views.js';
import type { GoalView } from './goals.schemas.js';
import { type Sized, hasMore, withinBytes } from './page-bytes.js';

const uuidPosition = z.string().refine(isUuid);
/** Read with every submission, to answer it. */
const GOAL: PreparedSql = {
  name: 'goal_row',
  text: `select ${GOAL_COLUMNS} from goal where tenant_id = $1 and id = $2`,
};

// What PostgreSQL's integer holds: a cursor is the caller's text.
const numberPosition = z.int32().nonnegative();

/** What may be large in a goal. Sizes of text, because what is stored is compressed. */
const GOAL_BYTES = `octet_length(context::text) + coalesce(octet_length(result::text), 0) + octet_length(files::text)
  + octet_length(description) + coalesce(octet_length(planned_by::text), 0)`;

/** Reads of goals and what belongs to them, always of the current tenant. */
@Injectable()
export class GoalQueries {
  constructor(
    private readonly tenants: TenantTransaction,
    @Inject(FILE_STORE) private readonly files: FileStore,
  ) {}

  /** Throws `not_found`, also for another tenant's goal: row-level security shows neither. */
  async get(id: string): Promise<GoalView> {
    return goalView(await this.row(id));
  }

  async row(id: string): Promise<GoalRow> {
    const [row] = await this.query<GoalRow>(GOAL, [id]);
    if (!row) throw COMMON_ERRORS.make('not_found', 'There is no such goal.');
    return row;
  }

  /** Whether the goal is stored: a request that is repeated, since nobody saw its answer, finds what it made. */
  async exists(id: string): Promise<boolean> {
    const rows = await this.query('select from goal where tenant_id = $1 and id = $2', [id]);
    return rows.length > 0;
  }

  /** Newest first. */
  async list(query: PagingQuery & { readonly state?: readonly GoalState[] | undefined }): Promise<Page<GoalView>> {
    const before = decodeCursor(query.cursor, uuidPosition);
    const sql = withinBytes(
      `select ${GOAL_COLUMNS}, ${GOAL_BYTES} as bytes from goal
        where tenant_id = $1 and ($2::uuid is null or id < $2) and ($3::text[] is null or state = any($3))
        order by id desc limit $4`,
      'id desc',
    );
    const rows = await this.query<GoalRow & Sized>(sql, [before ?? null, query.state ?? null, query.limit + 1]);
    return cutPage(rows, query.limit, goalView, (row) => row.id, hasMore(rows, query.limit));
  }

  /** In the order of the plan. */
  async tasks(goalId: string, query: PagingQuery): Promise<Page<TaskView>> {
    await this.row(goalId);
    const after = decodeCursor(query.cursor, numberPosition) ?? -1;
    const sql = withinBytes(
      `select ${TASK_COLUMNS}, output_bytes as bytes from task
        where tenant_id = $1 and goal_id = $2 and position > $3 order by position limit $4`,
      'position',
    );
    const rows = await this.query<TaskRow & Sized>(sql, [goalId, after, query.limit + 1]);
    return cutPage(rows, query.limit, taskView, (row) => row.position, hasMore(rows, query.limit));
  }

  async journal(goalId: string, query: PagingQuery): Promise<Page<JournalEntryView>> {
    await this.row(goalId);
    const after = decodeCursor(query.cursor, numberPosition) ?? 0;
    const sql = `select seq, at, type, from_state, to_state, actor, reason, data from goal_journal
                  where tenant_id = $1 and goal_id = $2 and seq > $3 order by seq limit $4`;
    const rows = await this.query<JournalEntrySource>(sql, [goalId, after, query.limit + 1]);
    return cutPage(rows, query.limit, journalView, (row) => row.seq);
  }

  async artifacts(goalId: string, query: PagingQuery): Promise<Page<ArtifactView>> {
    await this.row(goalId);
    const after = decodeCursor(query.cursor, uuidPosition);
    const sql = `select id, task_id, path, size, sha256, media_type, created_at from artifact
                  where tenant_id = $1 and goal_id = $2 and ($3::uuid is null or id > $3) order by id limit $4`;
    const rows = await this.query<ArtifactRow>(sql, [goalId, after ?? null, query.limit + 1]);
    return cutPage(rows, query.limit, artifactView, (row) => row.id);
  }

  /** The content of an artifact, to be streamed. The caller consumes or destroys the stream. */
  async artifactContent(goalId: string, id: string): Promise<{ artifact: ArtifactView; stream: Readable }> {
    const sql = `select id, task_id, path, size, sha256, media_type, created_at from artifact
                  where tenant_id = $1 and goal_id = $2 and id = $3`;
    const [row] = await this.query<ArtifactRow>(sql, [goalId, id]);
    if (!row) throw COMMON_ERRORS.make('not_found', 'There is no such artifact.');
    const { stream } = await this.files.openRead(contentKey(requirePrincipal().tenantId, row.sha256));
    return { artifact: artifactView(row), stream };
  }

  private query<Row extends object>(sql: string | PreparedSql, parameters: readonly unknown[]): Promise<Row[]> {
    const { tenantId } = requirePrincipal();
    return this.tenants.once<Row>(tenantId, sql, [tenantId, ...parameters]);
  }
}
