import { Refused, Unreachable } from './api.ts';
import { HOW_TO_START, NoConnection } from './server.ts';
import { oneLine } from './text.ts';

/** Something that the person can put right, told without a stack: the message is all there is to say. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Exit codes of the commands. */
export const EXIT = { done: 0, failed: 1, wrong: 2, waiting: 3, interrupted: 130 } as const;

const HINTS: Readonly<Record<string, readonly string[]>> = {
  model_required: [
    'Without a language model a goal is a playbook (npm run goal -- --playbooks lists them), a plan (--plan), a list of',
    'numbered steps, or one of the phrases in docs/guides/playbooks.md.',
  ],
  unauthenticated: ['Is the key right? It stands in DATA_DIR/first-run.json, or comes by --key or VILLAGE_API_KEY.'],
};

/** What a failure is for the person at the terminal, and the exit code; undefined for what is a defect of ours. */
export function explain(error: unknown): { readonly lines: readonly string[]; readonly code: number } | undefined {
  if (error instanceof UsageError) return { lines: [error.message], code: EXIT.wrong };
  if (error instanceof NoConnection) return { lines: [error.message], code: EXIT.failed };
  if (error instanceof Unreachable) return { lines: [error.message, HOW_TO_START], code: EXIT.failed };
  if (error instanceof Refused)
    return { lines: refusalLines(error), code: error.problem.status < 500 ? EXIT.wrong : EXIT.failed };
  return undefined;
}

/** Each fault of the input with its place; the detail of a refusal only repeats them. */
function refusalLines({ problem }: Refused): string[] {
  const { title, detail, code, errors = [], request_id: request } = problem;
  const faults = errors.map(({ path, message }) => `  ${oneLine(path)}: ${oneLine(message)}`);
  const known = code === undefined ? [] : (HINTS[code] ?? []);
  return [
    `${title}${code === undefined ? ` (status ${problem.status})` : ` (${code})`}.`,
    ...(detail !== undefined && faults.length === 0 ? [oneLine(detail)] : []),
    ...faults,
    ...known,
    ...(problem.status >= 500 && request !== undefined
      ? [`The server's log has more, by the request id ${request}.`]
      : []),
  ];
}
