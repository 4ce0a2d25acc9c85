import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { COMMON_ERRORS } from '#libs/kernel';
import { invalidInput, toInputIssues } from './schema-issues.js';

/**
 * Check 7: holds every argument of a handler against its schema, and passes on what the schema makes of it. A path
 * parameter that does not fit names nothing: 404.
 */
export class SchemaPipe implements PipeTransform {
  async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const { schema, type } = metadata;
    if (!schema || type === 'custom') return value;
    const result = await schema['~standard'].validate(value);
    if (!result.issues) return result.value;
    if (type === 'param') throw COMMON_ERRORS.make('not_found', 'There is nothing with this id.');
    throw invalidInput(toInputIssues(result.issues, pathPrefix(metadata)));
  }
}

// A body's paths begin at its root; a parameter taken alone has its name.
function pathPrefix({ type, data }: ArgumentMetadata): readonly string[] {
  return [type === 'query' ? '$query' : undefined, data].filter((part) => part !== undefined);
}
