import type { InputIssue } from '#libs/kernel';

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

function explain(issue: SchemaIssue, at: readonly string[]): InputIssue[] {
  if (issue.code === 'unrecognized_keys' && issue.keys) {
    return issue.keys.map((key) => ({ path: [...at, key].join('.'), message: 'Unknown field: leave it out' }));
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
