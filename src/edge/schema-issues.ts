import { COMMON_ERRORS, type DomainError, type InputIssue } from '#libs/kernel';

const SHOWN_ISSUES = 50;

/** An issue of a schema: what Standard Schema says of it, and what zod adds where it is zod's. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  readonly code?: string;
  /** Of `unrecognized_keys`. */
  readonly keys?: readonly string[];
  /** Of `invalid_union`: the issues of each branch. */
  readonly errors?: readonly (readonly SchemaIssue[])[];
}

/** Issues as they are answered: a dotted path from the root of the input, and what is expected there. */
export function toInputIssues(issues: readonly SchemaIssue[], prefix: readonly string[] = []): InputIssue[] {
  return issues.flatMap((issue) => explain(issue, [...prefix, ...segments(issue)]));
}

/** A name that the input must not have. */
export function unknownField(path: readonly string[]): InputIssue {
  return { path: path.join('.'), message: 'Unknown field: leave it out' };
}

/** `invalid_input` that names the first issue in words, and lists up to 50 of them. */
export function invalidInput(issues: readonly InputIssue[]): DomainError {
  const [first] = issues;
  const others = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  return COMMON_ERRORS.make('invalid_input', {
    detail: first ? `${first.path}: ${first.message}.${others}` : 'The input is not valid.',
    issues: issues.slice(0, SHOWN_ISSUES),
  });
}

function explain(issue: SchemaIssue, at: readonly string[]): InputIssue[] {
  if (issue.code === 'unrecognized_keys' && issue.keys) {
    return issue.keys.map((key) => unknownField([...at, key]));
  }
  const branch = issue.code === 'invalid_union' ? closestBranch(issue.errors ?? []) : undefined;
  if (branch) return toInputIssues(branch, at);
  return [{ path: at.join('.') || '(root)', message: issue.message.replace(/^Invalid input: e/, 'E') }];
}

function segments(issue: SchemaIssue): string[] {
  return (issue.path ?? []).map((segment) => String(typeof segment === 'object' ? segment.key : segment));
}

// Of a union, the branch that got furthest is what the caller meant.
function closestBranch(branches: readonly (readonly SchemaIssue[])[]): readonly SchemaIssue[] | undefined {
  const depth = (branch: readonly SchemaIssue[]): number =>
    Math.max(0, ...branch.map((issue) => segments(issue).length));
  const sorted = branches.toSorted((a, b) => depth(b) - depth(a) || a.length - b.length);
  return sorted[0]?.length ? sorted[0] : undefined;
}
