import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { barLines } from '../../scripts/cli/bars.js';
import { Progress } from '../../scripts/cli/progress.js';
import { Screen } from '../../scripts/cli/screen.js';
import { bytes, cut, duration, fold, oneLine, padStart, visible, widthOf, wrap } from '../../scripts/cli/text.js';
import type { JournalEntry } from '../../scripts/cli/wire.js';

/** Standard output as a terminal of some columns would be, or as a pipe. */
function output(columns: number | undefined): { screen: Screen; written: () => string } {
  const stream = new PassThrough();
  const texts: string[] = [];
  stream.on('data', (chunk: Buffer) => texts.push(chunk.toString()));
  const terminal = Object.assign(stream, columns === undefined ? {} : { columns, rows: 24, isTTY: true });
  return { screen: new Screen(terminal), written: () => texts.join('') };
}

function entry(type: string, more: Partial<JournalEntry> = {}): JournalEntry {
  return { seq: 1, at: '2026-12-01T08:30:00.000Z', type, from: null, to: null, reason: null, data: null, ...more };
}

describe('text from elsewhere', () => {
  it('cannot move the cursor, turn the direction around, or hide something', () => {
    expect(visible('a\u001b[2Jb\u0007')).toBe('a\\u001b[2Jb\\u0007');
    expect(visible('\u202egpj.exe')).toBe('\\u202egpj.exe');
    expect(visible('pay\u200bpal \u009b1m')).toBe('pay\\u200bpal \\u009b1m');
    expect(oneLine('a\r\n  b\tc')).toBe('a b c');
  });

  it('is measured in columns: wide letters take two, joined ones none', () => {
    expect(widthOf('Ito 商店')).toBe(8);
    expect(widthOf('é'.normalize('NFD'))).toBe(1);
    expect(widthOf('\u001b[31mred\u001b[39m')).toBe(3);
    expect(cut('商店商店', 5)).toBe('商店…');
    expect(padStart('店', 4)).toBe('  店');
    expect(fold('abcdef', 4)).toEqual(['abcd', 'ef']);
    expect(wrap('one two https://example.com/long three', 9)).toEqual(['one two', 'https://example.com/long', 'three']);
  });

  it('says times and sizes as people do', () => {
    expect([400, 61_000, 245_000, 7_800_000, 3 * 86_400_000].map(duration)).toEqual([
      '0.4 s',
      '61.0 s',
      '4 min 05 s',
      '2 h 10 min',
      '3 days',
    ]);
    expect([183, 4813, 3_800_000].map(bytes)).toEqual(['183 B', '4.7 KiB', '3.6 MiB']);
  });
});

describe('the progress of a goal', () => {
  it('is put together from its journal', () => {
    const progress = new Progress(3);
    progress.apply(entry('goal.transition', { to: 'EXECUTING' }));
    progress.apply(entry('task.completed', { data: { key: 'a' } }));
    progress.apply(entry('approval.required', { data: { key: 'b', approval_id: 'appr_1' } }));
    expect([progress.succeeded, progress.word]).toEqual([1, 'waits for you']);
    progress.apply(entry('approval.granted', { data: { approval_id: 'appr_1' } }));
    progress.apply(entry('task.failed', { data: { key: 'b' } }));
    expect([progress.failed, progress.word]).toEqual([1, 'running']);
    progress.apply(entry('goal.transition', { to: 'REPLANNING' }));
    expect([progress.failed, progress.word]).toEqual([0, 'trying again']);
    progress.apply(entry('goal.transition', { to: 'COMPLETED' }));
    expect([progress.isOver, progress.word]).toEqual([true, 'completed']);
  });
});

describe('bars', () => {
  const bars = ['sales-report', 'a-very-long-name-of-a-goal-that-nobody-would-type'].map((name, index) => ({
    name,
    progress: Object.assign(new Progress(26), { succeeded: index * 13 }),
    elapsed: 12_345,
    word: 'refused, as it should be, and then some',
  }));

  it.each([30, 40, 80, 200])('fit into a terminal of %i columns, each in one line', (columns) => {
    const { screen } = output(columns);
    for (const line of barLines(screen, bars)) expect(widthOf(line)).toBeLessThan(columns);
  });

  it('stand in the same columns', () => {
    const [first = '', second = ''] = barLines(output(80).screen, bars);
    expect(first.indexOf('12.3 s')).toBe(second.indexOf('12.3 s'));
  });
});

describe('a screen', () => {
  it('draws its board over itself on a terminal, and shows the cursor at the end', () => {
    const { screen, written } = output(80);
    screen.show(() => ['one', 'two']);
    screen.print('stays');
    screen.end();
    expect(written()).toBe('\u001b[?25lone\ntwo\n\r\u001b[2A\u001b[0Jstays\none\ntwo\n\u001b[?25h');
  });

  it('prints into a pipe, and nothing else', () => {
    const { screen, written } = output(undefined);
    screen.show(() => ['one', 'two']);
    screen.print('stays');
    screen.end();
    expect(written()).toBe('stays\n');
  });
});
