import type { ErrorCatalogue } from '#libs/kernel';
import { FAILURES } from '#libs/orchestration';
import { TOOL_FAILURES } from '#libs/tools';
import { generatedPart } from './generated.ts';

const PAGE = 'docs/guides/goals.md';

/** Why goals and tasks fail, in the guide of users. */
export const failureTables = [
  generatedPart(PAGE, 'failures', () => table(FAILURES)),
  generatedPart(PAGE, 'tool failures', () => table(TOOL_FAILURES)),
];

function table({ definitions }: ErrorCatalogue): string {
  const rows = Object.entries(definitions).map(
    ([code, { cause, remedy }]) =>
      `| \`${code}\` | ${[cause, remedy].map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`,
  );
  return ['| code | cause | remedy |', '|---|---|---|', ...rows].join('\n');
}
