/** What one contender showed. Times in milliseconds. */
export interface Figures {
  readonly name: string;
  /** Goals per second while many run at the same time. */
  readonly goals_per_second: number;
  /** Of a goal with nothing beside it, from its submission until its end is known. */
  readonly p50_ms: number;
  readonly p95_ms: number;
  /** Rows that are there of a goal at its end. */
  readonly rows_per_goal: number;
  /** Transactions that wrote something, for a goal alone. */
  readonly commits_per_goal_alone: number;
  /** The same while many run. */
  readonly commits_per_goal: number;
  /** Absent for the baseline itself. */
  readonly baseline?: { readonly name: string; readonly goals_per_second: number; readonly p50_ms: number };
  /** Goals per second by those of the baseline; the median over the rounds. */
  readonly ratio?: number;
}

const COLUMNS: readonly (readonly [title: string, of: (figures: Figures) => string])[] = [
  ['', ({ name }) => name],
  ['goals/s', (figures) => figures.goals_per_second.toFixed(0)],
  ['alone p50 ms', (figures) => figures.p50_ms.toFixed(1)],
  ['alone p95 ms', (figures) => figures.p95_ms.toFixed(1)],
  ['rows', (figures) => figures.rows_per_goal.toFixed(0)],
  ['commits alone', (figures) => figures.commits_per_goal_alone.toFixed(1)],
  ['commits', (figures) => figures.commits_per_goal.toFixed(2)],
  ['ratio', ({ ratio }) => ratio?.toFixed(2) ?? '1'],
];

/** For people: aligned columns. */
export function asTable(all: readonly Figures[]): string {
  const rows = [COLUMNS.map(([title]) => title), ...all.map((figures) => COLUMNS.map(([, of]) => of(figures)))];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, n) => (n === 0 ? cell.padEnd(widths[n]!) : cell.padStart(widths[n]!))).join('   ');
  return `${rows.map(line).join('\n')}\n`;
}

/** For programs: an object per line, for each contender that has a baseline. */
export function asJsonLines(all: readonly Figures[]): string {
  return all
    .filter(({ ratio }) => ratio !== undefined)
    .map((figures) => `${JSON.stringify(figures)}\n`)
    .join('');
}
