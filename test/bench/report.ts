/** What one contender or one case showed. */
export interface Figures {
  readonly name: string;
  /** By names that end in their unit, in the order in which they are shown. */
  readonly figures: Readonly<Record<string, number>>;
  /** What it is compared with; absent for a baseline itself, and where a figure is compared with an aim. */
  readonly baseline?: Readonly<Record<string, string | number>> & { readonly name: string };
  /** The figure that counts by that of the baseline: above 1 is more of it. */
  readonly ratio?: number;
  /** The same by every other contender. */
  readonly ratios?: Readonly<Record<string, number>>;
  /** Time of a lone goal by that of other contenders: below 1 is sooner. */
  readonly p50_ratios?: Readonly<Record<string, number>>;
}

/** For people: aligned columns, those of all figures that somebody has. */
export function asTable(all: readonly Figures[]): string {
  const lines = all.map(cellsOf);
  const titles = ['', ...new Set(lines.flatMap((cells) => [...cells.keys()]))];
  const rows = [
    titles.map((title) => title.replaceAll('_', ' ')),
    ...lines.map((cells, n) =>
      titles.map((title, column) => (column === 0 ? all[n]!.name : (cells.get(title) ?? '–'))),
    ),
  ];
  const widths = titles.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, n) => (n === 0 ? cell.padEnd(widths[n]!) : cell.padStart(widths[n]!))).join('   ');
  return `${rows.map(line).join('\n')}\n`;
}

function cellsOf({ figures, baseline, ratio, ratios = {}, p50_ratios: sooner = {} }: Figures): Map<string, string> {
  const others = (values: Readonly<Record<string, number>>): [string, number][] =>
    Object.entries(values).filter(([name]) => name !== baseline?.name);
  const cells = new Map(Object.entries(figures).map(([title, value]) => [title, String(value)]));
  if (ratio !== undefined) cells.set('ratio', String(ratio));
  for (const [name, value] of others(ratios)) cells.set(`by ${name}`, String(value));
  for (const [name, value] of others(sooner)) cells.set(`p50 by ${name}`, String(value));
  return cells;
}

/** For programs: an object per line, for each that is not the baseline of another. */
export function asJsonLines(all: readonly Figures[]): string {
  const baselines = new Set(all.map(({ baseline }) => baseline?.name));
  return all
    .filter(({ name }) => !baselines.has(name))
    .map(({ name, figures, ...rest }) => `${JSON.stringify({ name, ...figures, ...rest })}\n`)
    .join('');
}
