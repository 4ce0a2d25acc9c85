import type { Progress } from './progress.ts';
import type { Screen } from './screen.ts';
import { cut, duration, padEnd, padStart } from './text.ts';

export interface Bar {
  readonly name: string;
  readonly progress: Progress;
  /** Milliseconds since the goal was submitted, or until it ended; undefined before. */
  readonly elapsed: number | undefined;
  /** How it ended, where that is known. */
  readonly verdict?: 'good' | 'bad' | undefined;
  /** In place of the word for its state. */
  readonly word?: string | undefined;
}

const BAR_COLUMNS = { least: 4, most: 24 };
const WORD_COLUMNS = { least: 12, wanted: 24 };

/** A line per goal, all in the same columns. What there is no room for is left out: first the word, then the bar. */
export function barLines(screen: Screen, bars: readonly Bar[]): string[] {
  const columns = columnsFor(screen.width, bars);
  return bars.map((bar) =>
    [
      `  ${signOf(screen, bar)} ${padEnd(cut(bar.name, columns.name), columns.name)}`,
      ...(columns.bar > 0 ? [drawn(screen, bar, columns.bar)] : []),
      padStart(bar.elapsed === undefined ? '' : `${bar.progress.succeeded}/${bar.progress.total}`, columns.count),
      padStart(bar.elapsed === undefined ? '' : duration(bar.elapsed), 8),
      ...(columns.word > 0 ? [` ${screen.paint('dim', cut(bar.word ?? bar.progress.word, columns.word))}`] : []),
    ].join(' '),
  );
}

function columnsFor(width: number, bars: readonly Bar[]): Record<'name' | 'bar' | 'count' | 'word', number> {
  const count = Math.max(...bars.map(({ progress }) => String(progress.total).length)) * 2 + 1;
  const longest = Math.max(...bars.map((bar) => bar.name.length));
  const name = Math.max(1, Math.min(longest, Math.floor(width / 2) - 1, width - (4 + 1 + count + 1 + 8)));
  // Two spaces, a sign, and a space before each of what follows; the time takes eight.
  const left = width - (4 + name + 1 + count + 1 + 8);
  const forBoth = left - 3;
  if (forBoth < BAR_COLUMNS.least + WORD_COLUMNS.least) {
    return { name, count, bar: left - 1 < BAR_COLUMNS.least ? 0 : Math.min(left - 1, BAR_COLUMNS.most), word: 0 };
  }
  const bar = Math.min(BAR_COLUMNS.most, Math.max(BAR_COLUMNS.least, forBoth - WORD_COLUMNS.wanted));
  return { name, count, bar, word: forBoth - bar };
}

function signOf(screen: Screen, { progress, verdict }: Bar): string {
  if (verdict === 'good') return screen.paint('green', '✓');
  if (verdict === 'bad') return screen.paint('red', '✗');
  if (progress.waitingFor.size > 0) return screen.paint('yellow', '?');
  return progress.state === 'RECEIVED' ? screen.paint('dim', '·') : screen.paint('cyan', '▸');
}

function drawn(screen: Screen, { progress, verdict }: Bar, length: number): string {
  const { succeeded, failed, total } = progress;
  const done = Math.round((succeeded / Math.max(1, total)) * length);
  const broken =
    failed > 0 ? Math.min(length - done, Math.max(1, Math.round((failed / Math.max(1, total)) * length))) : 0;
  const colour = verdict === 'bad' ? 'red' : verdict === 'good' ? 'green' : 'cyan';
  const rest = '─'.repeat(length - done - broken);
  return (
    screen.paint(colour, '━'.repeat(done)) + screen.paint('yellow', '╍'.repeat(broken)) + screen.paint('dim', rest)
  );
}
