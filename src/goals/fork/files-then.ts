import { Inject, Injectable } from '@nestjs/common';
import { TenantTransaction } from '#libs/persistence';
import type { FileStore, Workspace } from '#libs/tools';
import { TOOL_ERRORS } from '#libs/tools';
import { FILE_STORE } from '../engine/tokens.js';
import { contentKey } from '../files/contents.js';
import { Workspaces } from '../files/workspaces.js';
import type { GoalRow } from '../goal-views.js';

/** A file that a task had left, as it was. */
export interface FileThen {
  readonly path: string;
  /** UUID of the task. */
  readonly task_id: string;
  readonly size: string;
  readonly sha256: string;
  readonly media_type: string;
}

/** The files of a goal's workspace after a row of its journal. */
export interface FilesThen {
  readonly made: readonly FileThen[];
  /** Input files that no task had replaced or removed. */
  readonly given: GoalRow['files'];
}

/** Everything that was said of a path up to the row; `until_seq` is null where it still holds. */
const VERSIONS = `
  select path, task_id, size, sha256, media_type, null as until_seq from artifact
   where tenant_id = $1 and goal_id = $2 and from_seq <= $3
  union all
  select path, task_id, size, sha256, media_type, until_seq from artifact_past
   where tenant_id = $1 and goal_id = $2 and from_seq <= $3`;

/** Files of goals as they were once: contents lie in the file store under their hashes. */
@Injectable()
export class PastFiles {
  constructor(
    private readonly tenants: TenantTransaction,
    private readonly workspaces: Workspaces,
    @Inject(FILE_STORE) private readonly store: FileStore,
  ) {}

  /** The files after row `seq` of the journal. */
  async at(tenantId: string, goal: Pick<GoalRow, 'id' | 'files'>, seq: number): Promise<FilesThen> {
    const versions = await this.tenants.once<FileThen & { readonly until_seq: number | null }>(tenantId, VERSIONS, [
      tenantId,
      goal.id,
      seq,
    ]);
    const touched = new Set(versions.map(({ path }) => path));
    return {
      made: versions.filter(({ until_seq }) => until_seq === null || until_seq > seq),
      given: goal.files.filter(({ path }) => !touched.has(path)),
    };
  }

  /** Puts them into the workspace of another goal. Throws `file_content_missing` for a content that was never kept. */
  async place(tenantId: string, fromGoal: string, toGoal: string, files: FilesThen): Promise<void> {
    const [from, to] = [this.workspaces.open(tenantId, fromGoal), this.workspaces.open(tenantId, toGoal)];
    for (const { path, sha256 } of [...files.given, ...files.made]) {
      const key = contentKey(tenantId, sha256);
      if (await this.store.exists(key)) await to.write(path, (await this.store.openRead(key)).stream);
      else await copyUnchanged(from, to, path, sha256);
    }
  }
}

/** Goals of versions that did not keep input files by their hash have them in the workspace, if nothing changed them. */
async function copyUnchanged(from: Workspace, to: Workspace, path: string, sha256: string): Promise<void> {
  const found = await from.look(path);
  if (found.kind !== 'file' || found.sha256 !== sha256) {
    throw TOOL_ERRORS.make('file_content_missing', {
      detail: `The content that "${path}" had then is not kept: the goal is of a version that did not keep it. Submit a new goal with that file.`,
    });
  }
  await from.read(path, (file) => to.write(path, file.chunks));
}
