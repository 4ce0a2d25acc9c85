import { Body, Controller, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import {
  Answers,
  ApiErrors,
  BodyLimit,
  Idempotency,
  Idempotent,
  RawUpload,
  Requires,
  idempotentResourceId,
} from '#libs/http';
import { newId } from '#libs/kernel';
import { FilesService, type StoredFileView, storedFileSchema } from './files.service.js';

const uploadQuery = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .meta({ description: 'For people, and for the media type.', examples: ['sales.csv'] }),
});

const example: StoredFileView = {
  id: 'file_01k6vf32k3w8h5c1d9e7f2g4j6',
  name: 'sales.csv',
  size: 23,
  sha256: '1479cb9215758dd254c0e5ebe100b5264ecd2eaad39b26b26477432b12cc1ad8',
  media_type: 'text/csv',
  created_at: '2026-12-01T08:30:00.000Z',
};

@ApiTags('files')
@Controller('api/v1/files')
export class FilesController {
  constructor(
    private readonly files: FilesService,
    private readonly idempotency: Idempotency,
  ) {}

  @Post()
  @Requires('goal:create')
  @Idempotent()
  @RawUpload()
  @BodyLimit(100 * 1024 * 1024)
  @ApiOperation({
    summary: 'Upload a file',
    description: 'The body is the content, of any media type, up to 100 MiB. Goals refer to the file by its id.',
  })
  @Answers(201, storedFileSchema, { description: 'Stored.', example })
  @ApiErrors('file_too_large')
  async upload(
    @Body() content: Readable,
    @Query({ schema: uploadQuery }) { name }: z.output<typeof uploadQuery>,
  ): Promise<StoredFileView> {
    // What the request is, is known only at its end: the content is taken in first, and made known after that.
    const received = newId();
    const stored = await this.files.receive(received, content);
    let kept = false;
    try {
      return await this.idempotency.run(stored.sha256, async () => {
        const file = await this.files.keep(received, idempotentResourceId(), stored, name);
        kept = true;
        return file;
      });
    } finally {
      if (!kept) await this.files.forget(received);
    }
  }
}
