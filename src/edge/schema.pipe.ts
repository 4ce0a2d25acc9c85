import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { COMMON_ERRORS, type InputIssue } from '#libs/kernel';
import { toInputIssues } from './schema-issues.js';

const SHOWN_ISSUES = 50;

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
    throw invalid(toInputIssues(result.issues, pathPrefix(metadata)));
  }
}

// A body's paths begin at its root; a parameter taken alone has its name.
function pathPrefix({ type, data }: ArgumentMetadata): readonly string[] {
  return [type === 'query' ? '$query' : undefined, data].filter((part) => part !== undefined);
}

function invalid(issues: readonly InputIssue[]): Error {
  const [first] = issues;
  const others = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  return COMMON_ERRORS.make('invalid_input', {
    detail: first ? `${first.path}: ${first.message}.${others}` : 'The input is not valid.',
    issues: issues.slice(0, SHOWN_ISSUES),
  });
}
