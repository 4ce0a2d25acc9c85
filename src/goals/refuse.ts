import { COMMON_ERRORS, type InputIssue } from '#libs/kernel';

/** Throws `invalid_input` when there are issues. */
export function refuse(issues: readonly InputIssue[]): void {
  if (issues.length === 0) return;
  const [first] = issues;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  throw COMMON_ERRORS.make('invalid_input', { detail: `${first!.path}: ${first!.message}${more}`, issues });
}
