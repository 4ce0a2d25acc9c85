import { type SourceFile, isTest } from './source-files.js';

/** Lines that a file may have. Migrations and generated files are as long as what they describe. */
const LIMITS = { longest: 500, percentile95: 300, median: 100 } as const;

/** A sentence for each limit that the files break. */
export function findOversize(files: readonly SourceFile[]): string[] {
  const measured = files
    .filter((file) => !file.path.startsWith('migrations/'))
    .map((file) => ({ path: file.path, lines: file.text.split('\n').length - 1, test: isTest(file.path) }));
  const long = measured.filter((file) => file.lines > LIMITS.longest);
  const lengths = measured.filter((file) => !file.test).map((file) => file.lines);
  return [
    ...long.map((file) => `${file.path} has ${file.lines} lines; the limit is ${LIMITS.longest}`),
    ...complain('the median', percentile(lengths, 0.5), LIMITS.median),
    ...complain('the 95th percentile', percentile(lengths, 0.95), LIMITS.percentile95),
  ];
}

function complain(name: string, lines: number, limit: number): string[] {
  return lines > limit ? [`${name} of the files' lengths is ${lines} lines; the limit is ${limit}`] : [];
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
