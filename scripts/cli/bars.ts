import type { Progress } from './progress.ts';
import type { Screen } from './screen.ts';
import { cut, duration, padEnd, padStart } from './text.ts';

export interface Bar {
  readonly name: string;
  readonly progress: Progress;
  /** Milliseconds since the goal was submitted, or until it ended. */
  readonly elapsed: number;
  /** How it ended, where that is known. */
  readonly verdict?: 'good' | 'bad' | undefined;
  /** In place of the word for its state. */
  readonly word?: string | undefined;
}

const LONGEST_BAR = 24;
const WORD_COLUMNS = 12;

/** A line per goal, all in the same columns. What there is no room for is left out: first the word, then the bar. */
export function barLines(screen: Screen, bars: readonly Bar[]): string[] {
  const names = Math.min(Math.max(...bars.map(({ name }) => name.length), 4), Math.floor(screen.width / 2) - 1);
  const counts = Math.max(...bars.map(({ progress: { total } }) => String(total).length)) * 2 + 1;
  const fixed = 2 + 2 + names + 1 + counts + 1 + 8;
  const withWord = screen.width - fixed - WORD_COLUMNS - 2;
  const room = withWord >= 8 ? withWord : screen.width - fixed;
  const length = Math.min(LONGEST_BAR, room - 1);
  return bars.map((bar) => {
    const { succeeded, total } = bar.progress;
    return [
      `  ${signOf(screen, bar)} ${padEnd(cut(bar.name, names), names)}`,
      ...(length >= 4 ? [drawn(screen, bar, length)] : []),
      padStart(`${succeeded}/${total}`, counts),
      padStart(duration(bar.elapsed), 8),
      ...(withWord >= 8 ? [` ${screen.paint('dim', bar.word ?? bar.progress.word)}`] : []),
    ].join(' ');
  });
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
