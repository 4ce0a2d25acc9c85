import { Inject, Injectable } from '@nestjs/common';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { requirePrincipal } from '#libs/context';
import { formatTime, idSchema, timeSchema } from '#libs/http';
import { publicId } from '#libs/kernel';
import { EventRecorder, TenantTransaction, isRefusal } from '#libs/persistence';
import { type FileStore, type StoredFile, mediaTypeOf } from '#libs/tools';
import { currentActor } from '../actors.js';
import { FILE_STORE } from '../engine/tokens.js';
import { fileKey } from './file-key.js';

/** Largest upload. */
const MAX_UPLOAD_BYTES = 100 * 1024 * 1024;

export const storedFileSchema = z
  .object({
    id: idSchema('file'),
    name: z.string().nullable(),
    size: z.int(),
    sha256: z.string(),
    media_type: z.string(),
    created_at: timeSchema,
  })
  .meta({ id: 'StoredFile' });

export type StoredFileView = z.output<typeof storedFileSchema>;

interface FileRow {
  readonly id: string;
  readonly name: string | null;
  readonly size: string;
  readonly sha256: string;
  readonly media_type: string;
  readonly created_at: Date;
}

/** Uploaded files: the content in the file store, what is known of it in the database. */
@Injectable()
export class FilesService {
  private readonly recorder = new EventRecorder();

  constructor(
    private readonly tenants: TenantTransaction,
    @Inject(FILE_STORE) private readonly store: FileStore,
  ) {}

  /** Takes in a content under a new id, without making it known yet. Throws `file_too_large`. */
  receive(id: string, content: Readable): Promise<StoredFile> {
    return this.store.put(fileKey(requirePrincipal().tenantId, id), content, { maxBytes: MAX_UPLOAD_BYTES });
  }

  /** Gives a received content up again: its upload was a repetition, or was refused. */
  async forget(id: string): Promise<void> {
    await this.store.delete(fileKey(requirePrincipal().tenantId, id));
  }

  /** Makes a received content known under `id`, which may be another one than it was received under. */
  async keep(receivedAs: string, id: string, content: StoredFile, name: string | undefined): Promise<StoredFileView> {
    const { tenantId } = requirePrincipal();
    if (id !== receivedAs) await this.store.rename(fileKey(tenantId, receivedAs), fileKey(tenantId, id));
    try {
      return await this.record(tenantId, id, content, name);
    } catch (error) {
      // Unless the refusal says that nothing was stored, the row may be there, and needs its content.
      if (id !== receivedAs && isRefusal(error) && !(await this.isKnown(tenantId, id).catch(() => true))) {
        await this.store.delete(fileKey(tenantId, id));
      }
      throw error;
    }
  }

  private async isKnown(tenantId: string, id: string): Promise<boolean> {
    const sql = 'select from stored_file where tenant_id = $1 and id = $2';
    return (await this.tenants.once(tenantId, sql, [tenantId, id])).length > 0;
  }

  private record(tenantId: string, id: string, content: StoredFile, name: string | undefined): Promise<StoredFileView> {
    const actor = currentActor();
    return this.tenants.run(tenantId, async (transaction) => {
      const [row] = await transaction.query<FileRow>(
        `insert into stored_file (tenant_id, id, name, size, sha256, media_type, created_by) values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (tenant_id, id) do update set sha256 = excluded.sha256, size = excluded.size
         returning id, name, size, sha256, media_type, created_at`,
        [tenantId, id, name ?? null, content.size, content.sha256, mediaTypeOf(name ?? ''), JSON.stringify(actor)],
      );
      const data = { name: name ?? null, size: content.size, sha256: content.sha256 };
      await this.recorder.record(transaction, tenantId, [
        { type: 'file.stored', actor: { ...actor }, resource: { kind: 'file', id }, data },
      ]);
      return view(row!);
    });
  }
}

function view(row: FileRow): StoredFileView {
  return {
    id: publicId('file', row.id),
    name: row.name,
    size: Number(row.size),
    sha256: row.sha256,
    media_type: row.media_type,
    created_at: formatTime(row.created_at),
  };
}
