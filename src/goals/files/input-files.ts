import { Inject, Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { COMMON_ERRORS, type InputIssue, type JsonObject, excerpt, publicId } from '#libs/kernel';
import { TenantTransaction } from '#libs/persistence';
import { type FileStore, ToolFailure, type Workspace, checkRelativePath, namesIn } from '#libs/tools';
import { FILE_STORE } from '../engine/tokens.js';
import { GOAL_ERRORS } from '../goals.errors.js';
import { contentKey, keepContent } from './contents.js';
import { fileKey } from './file-key.js';
import { Workspaces } from './workspaces.js';

/** A file that a goal is given: an upload by its UUID, or the content itself. */
export interface InputFile {
  readonly path: string;
  readonly file?: string | undefined;
  readonly content_base64?: string | undefined;
}

/** Puts the files that a goal is submitted with into its workspace. */
@Injectable()
export class InputFiles {
  constructor(
    private readonly workspaces: Workspaces,
    private readonly tenants: TenantTransaction,
    @Inject(FILE_STORE) private readonly store: FileStore,
  ) {}

  /** Throws `invalid_input` or `file_unknown` for files that cannot be placed; gives the hashes of uploads by their ids. */
  async check(tenantId: string, files: readonly InputFile[]): Promise<ReadonlyMap<string, string>> {
    const issues = pathIssues(files);
    if (issues[0])
      throw COMMON_ERRORS.make('invalid_input', { detail: `${issues[0].path}: ${issues[0].message}`, issues });
    const wanted = files.flatMap(({ file }, n) => (file === undefined ? [] : [{ file, path: `files.${n}.file` }]));
    if (wanted.length === 0) return new Map();
    const rows = await this.tenants.once<{ id: string; sha256: string }>(
      tenantId,
      'select id, sha256 from stored_file where tenant_id = $1 and id = any($2::uuid[])',
      [tenantId, wanted.map(({ file }) => file)],
    );
    const known = new Map(rows.map((row) => [row.id, row.sha256]));
    const unknown = wanted.find(({ file }) => !known.has(file));
    if (!unknown) return known;
    const message = `There is no uploaded file ${publicId('file', unknown.file)}.`;
    throw GOAL_ERRORS.make('file_unknown', {
      detail: `${unknown.path}: ${message}`,
      issues: [{ path: unknown.path, message: `${message} Upload it by POST /api/v1/files first.` }],
    });
  }

  /** Writes the files into the goal's workspace; gives what is recorded of them. What it wrote before it fails stays. */
  async place(tenantId: string, goalId: string, files: readonly InputFile[]): Promise<JsonObject[]> {
    if (files.length === 0) return [];
    const hashes = await this.check(tenantId, files);
    const workspace = this.workspaces.open(tenantId, goalId);
    const placed: JsonObject[] = [];
    for (const [n, file] of files.entries()) {
      await this.keep(tenantId, file, hashes);
      const { path, size, sha256 } = await this.write(workspace, file, await this.contentOf(tenantId, file), n);
      placed.push({ path, size, sha256 });
    }
    return placed;
  }

  /** Keeps the content by its hash as well: a fork begins with it, whatever has become of the file in the workspace. */
  private async keep(tenantId: string, file: InputFile, hashes: ReadonlyMap<string, string>): Promise<void> {
    const given = inlineContent(file);
    const sha256 = hashes.get(file.file ?? '') ?? createHash('sha256').update(given).digest('hex');
    const key = contentKey(tenantId, sha256);
    if (await this.store.exists(key)) return;
    if (file.file === undefined)
      await keepContent(this.store, tenantId, Readable.from([given]), { maxBytes: Infinity });
    else await this.store.copy(fileKey(tenantId, file.file), key);
  }

  private async contentOf(tenantId: string, file: InputFile): Promise<Readable> {
    if (file.file === undefined) return Readable.from([inlineContent(file)]);
    return (await this.store.openRead(fileKey(tenantId, file.file))).stream;
  }

  private async write(workspace: Workspace, file: InputFile, content: Readable, n: number) {
    try {
      return await workspace.write(file.path, content);
    } catch (error) {
      if (!(error instanceof ToolFailure)) throw error;
      // E.g. a file where another one needs a folder.
      const path = `files.${n}.path`;
      throw COMMON_ERRORS.make('invalid_input', {
        detail: `${path}: ${error.message}`,
        issues: [{ path, message: error.message }],
      });
    }
  }
}

function inlineContent(file: InputFile): Buffer {
  return Buffer.from(file.content_base64 ?? '', 'base64');
}

function pathIssues(files: readonly InputFile[]): InputIssue[] {
  const seen = new Set<string>();
  return files.flatMap(({ path }, n): InputIssue[] => {
    const at = `files.${n}.path`;
    const reason = checkRelativePath(path);
    if (reason !== undefined) return [{ path: at, message: `\`${excerpt(path)}\` ${reason}` }];
    const place = namesIn(path).join('/');
    if (seen.has(place)) return [{ path: at, message: `\`${path}\` is given twice; every path may appear once.` }];
    seen.add(place);
    return [];
  });
}
