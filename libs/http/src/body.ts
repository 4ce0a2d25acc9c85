import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiConsumes } from '@nestjs/swagger';
import { declareRoute } from './route-declaration.js';

/** Bytes that a body may have where a route does not say otherwise: 1 MiB. */
export const DEFAULT_BODY_LIMIT = 1024 * 1024;

/** Raises or lowers the size that the body of this route may have, in bytes. Above it the answer is 413. */
export function BodyLimit(bytes: number): MethodDecorator {
  return declareRoute({ bodyLimit: bytes });
}

/**
 * The body of this route is taken as it comes: `@Body()` gives a Readable, whatever the media type (a JSON file is a
 * file). The edge reads nothing of it and limits nothing but a Content-Length above `@BodyLimit`; the handler counts.
 */
export function RawUpload(): MethodDecorator {
  return applyDecorators(
    declareRoute({ rawUpload: true }),
    ApiConsumes('application/octet-stream'),
    ApiBody({ schema: { type: 'string', format: 'binary' }, description: 'The bytes of the file, of any media type.' }),
  );
}
