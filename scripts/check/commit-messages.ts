const SUBJECT =
  /^(feat|fix|perf|refactor|test|docs|build|ci|chore|style|revert)(\([a-z0-9-]+(, ?[a-z0-9-]+)*\))?!?: \S.*$/;
const LONGEST = 120;

/** What is wrong with the first line of a commit message by the Conventional Commits 1.0.0; undefined where nothing is. */
export function findFault(subject: string): string | undefined {
  if (!SUBJECT.test(subject)) return 'is not "type(scope): what it does", e.g. "feat(goals): resume after a restart"';
  if (subject.length > LONGEST) return `is longer than ${LONGEST} characters`;
  if (subject.endsWith('.')) return 'ends with a full stop';
  return undefined;
}
