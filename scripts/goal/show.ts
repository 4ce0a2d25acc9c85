import type { Ended } from '../cli/results.ts';
import type { Screen } from '../cli/screen.ts';
import { bytes, count, cut, duration, oneLine, padEnd, shortTime, visible, wrap } from '../cli/text.ts';
import {
  type Goal,
  type JournalEntry,
  type Json,
  type JsonObject,
  type PlaybookSummary,
  type Rehearsal,
  textOf,
} from '../cli/wire.ts';

/** Lines of a result that are printed; the whole of it is in `--json`. */
const RESULT_LINES = 40;

/** What a row of the journal means for a person; nothing for rows that the bar shows well enough. */
export function entryLines(screen: Screen, entry: JournalEntry): string[] {
  const told = tellingOf(entry);
  if (told === undefined) return [];
  const sign = screen.paint(told.style, told.sign);
  const clock = screen.paint('dim', entry.at.slice(11, 19));
  const lines = wrap(told.text, screen.width - 11);
  return lines.map((line, at) => (at === 0 ? `${clock} ${sign} ${line}` : `${' '.repeat(11)}${line}`));
}

interface Telling {
  readonly sign: string;
  readonly style: 'green' | 'yellow' | 'red';
  readonly text: string;
}

function tellingOf({ type, to, reason, data }: JournalEntry): Telling | undefined {
  const key = oneLine(textOf(data?.['key']));
  switch (type) {
    case 'task.completed':
      return { sign: '✓', style: 'green', text: `${key}${callOf(data)}` };
    case 'task.failed':
      return { sign: '✗', style: 'red', text: `${key}: ${failureOf(data)}` };
    case 'task.retried':
      return { sign: '↻', style: 'yellow', text: `${key} is tried again: ${failureOf(data)}` };
    case 'approval.granted':
      return { sign: '✓', style: 'green', text: `${key} was approved` };
    case 'approval.refused':
      return { sign: '✗', style: 'yellow', text: `${key} was refused${reason === null ? '' : `: ${oneLine(reason)}`}` };
    case 'goal.transition':
      return to === 'REPLANNING' ? { sign: '↻', style: 'yellow', text: 'tries again what failed' } : undefined;
    default:
      return undefined;
  }
}

function callOf(data: JsonObject | null): string {
  const call = data?.['call'];
  if (typeof call !== 'object' || call === null || Array.isArray(call)) return '';
  const { tool, duration_ms: ms } = call as JsonObject;
  return `  ${textOf(tool)}${typeof ms === 'number' ? `, ${shortTime(ms)}` : ''}`;
}

function failureOf(data: JsonObject | null): string {
  const error = data?.['error'] as { code?: string; detail?: string } | undefined;
  return oneLine(error?.detail ?? error?.code ?? 'it failed');
}

/** How a goal ended, what it gave, and where its files are. */
export function endLines(screen: Screen, { goal, artifacts, tasks }: Ended, elapsed: number): string[] {
  const good = goal.state === 'COMPLETED';
  const word = `${good ? '✓' : '✗'} ${goal.state.toLowerCase()}`;
  return [
    '',
    `${screen.paint(good ? ['bold', 'green'] : ['bold', 'red'], word)} ${screen.paint('dim', `after ${duration(elapsed)}, ${count(tasks.length, 'task')}`)}`,
    ...(goal.error ? wrap(`${goal.error.code}: ${oneLine(goal.error.detail)}`, screen.width) : []),
    ...(good && goal.result !== null ? resultLines(goal.result) : []),
    ...artifacts.flatMap(({ path, size, url, saved }) => [
      `${padEnd(path, 24)} ${bytes(size)}${saved === undefined ? '' : `  saved as ${saved}`}`,
      screen.paint('dim', `  ${url}`),
    ]),
  ];
}

function resultLines(result: Json): string[] {
  const lines = JSON.stringify(result, undefined, 2)
    .split('\n')
    .map((line) => visible(line.length > 400 ? `${line.slice(0, 400)}…` : line));
  if (lines.length <= RESULT_LINES) return lines;
  return [...lines.slice(0, RESULT_LINES), `… ${lines.length - RESULT_LINES} more lines: --json prints all of it`];
}

export function submittedLines({ id, progress }: Goal, url: string): string[] {
  return [`Submitted ${id} with ${count(progress.total, 'task')}.`, `  ${url}/api/v1/goals/${id}`];
}

/** The tasks of a dry run with what the gate would say. */
export function rehearsalLines(screen: Screen, { tasks }: Rehearsal): string[] {
  const keys = Math.min(24, Math.max(...tasks.map(({ key }) => key.length)));
  const style = { allow: 'green', ask: 'yellow', deny: 'red' } as const;
  const lines = tasks.flatMap(({ key, tool, depends_on: needs, decision: { decision, reason } }) => [
    `  ${screen.paint(style[decision], padEnd(decision, 5))} ${padEnd(cut(key, keys), keys)} ${tool}${needs.length === 0 ? '' : `, after ${cut(needs.join(', '), 60)}`}`,
    ...(decision === 'allow' ? [] : wrap(oneLine(reason), screen.width - 8).map((line) => `        ${line}`)),
  ]);
  return [`Dry run: ${count(tasks.length, 'task')}; nothing was stored.`, ...lines];
}

export function playbookLines(screen: Screen, playbooks: readonly PlaybookSummary[]): string[] {
  if (playbooks.length === 0) return ['There are no playbooks.'];
  return playbooks.flatMap(({ name, title, parameters }) => {
    const required = (parameters['required'] ?? []) as readonly string[];
    const properties = (parameters['properties'] ?? {}) as Readonly<Record<string, JsonObject>>;
    const rows = Object.entries(properties).flatMap(([parameter, schema]) => {
      const about = `${oneLine(textOf(schema['description']))}${required.includes(parameter) ? ' (required)' : ''}`;
      const lines = wrap(about, Math.max(16, screen.width - 22));
      return lines.map((line, at) => `    ${padEnd(at === 0 ? parameter : '', 17)} ${line}`);
    });
    return [`${screen.paint('bold', name)}  ${oneLine(title)}`, ...rows, ''];
  });
}
