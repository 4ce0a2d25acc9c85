import type { InputIssue } from '#libs/kernel';
import type { Resolution } from '#libs/orchestration';

interface Answer {
  readonly approved: boolean;
  readonly resolution?: Resolution['kind'] | undefined;
  readonly output?: unknown;
}

/** What of an answer does not fit the question, which only the stored approval tells. */
export function misfits({ kind }: { readonly kind: 'permission' | 'uncertain' }, answer: Answer): InputIssue[] {
  const { approved, resolution, output } = answer;
  if (!approved) return [];
  const issues: InputIssue[] = [];
  if (kind === 'uncertain' && resolution === undefined) {
    const message =
      'is required, since the call may have taken effect: `repeat` calls it once more, `took_effect` takes it as done; ' +
      'or reject it, and the task fails.';
    issues.push({ path: 'resolution', message });
  }
  if (kind === 'permission' && resolution !== undefined) {
    const message = 'is for approvals of kind `uncertain` only, and nothing has been called yet: leave it out.';
    issues.push({ path: 'resolution', message });
  }
  if (output !== undefined && resolution !== 'took_effect') {
    issues.push({ path: 'output', message: 'goes with `"resolution": "took_effect"` only: leave it out.' });
  }
  return issues;
}
