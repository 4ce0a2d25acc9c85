import type { Screen } from './screen.ts';
import { cut, duration, fold, oneLine, visible, wrap } from './text.ts';
import type { Approval, Json } from './wire.ts';

/** What waits for a person, as lines of a terminal; of the arguments so many lines at the most. */
export function cardLines(screen: Screen, approval: Approval, goal: string, shown: number): string[] {
  const paint = screen.paint.bind(screen);
  const room = screen.width - 12;
  const bar = paint('yellow', '│');
  const rows = (name: string, lines: readonly string[]): string[] =>
    lines.map((line, at) => `${bar} ${paint('dim', (at === 0 ? name : '').padEnd(9))} ${line}`);
  const row = (name: string, text: string): string[] => rows(name, wrap(oneLine(text), room));
  const all = argumentsOf(approval).flatMap((line) => fold(line, room));
  const { lines, hidden } = shortened(all, shown);
  const { uncertain, action, risk } = approval;
  const asks = uncertain ? 'asks: did this take effect?' : 'asks: may this run?';
  return [
    `${paint('yellow', '┌')} ${paint('bold', `${oneLine(goal)} ${asks}`)}`,
    ...row('goal', cut(oneLine(approval.goal_description), 200)),
    ...row('tool', `${approval.tool} (${action === null ? '' : `${action}, `}risk ${risk})`),
    ...row('task', approval.task_key),
    ...rows('arguments', lines),
    ...(hidden > 0 ? rows('', [paint('yellow', `… ${hidden} more lines: "s" shows all of it`)]) : []),
    ...row('why', approval.reason),
    ...(uncertain ? calledRows(approval, uncertain, row) : []),
    ...row('asked by', `${approval.requested_by.name} (${approval.requested_by.kind})`),
    ...row('expires', `in ${duration(Date.parse(approval.expires_at) - Date.now())}`),
    ...row('approval', approval.id),
    paint('yellow', '└'),
  ];
}

/** What helps to find out, on the other side, whether the call took effect. */
function calledRows(
  { output }: Approval,
  { attempt, since, idempotency_key: key }: NonNullable<Approval['uncertain']>,
  row: (name: string, text: string) => string[],
): string[] {
  return [
    ...row('called', `${since}, attempt ${attempt}`),
    ...(key === null ? [] : row('key', key)),
    ...(output === null ? [] : row('gave', JSON.stringify(output))),
  ];
}

function argumentsOf({ arguments: given, check_command: check }: Approval): string[] {
  const lines = Object.entries(given).flatMap(([name, value]) => argumentLines(name, value));
  return check === null ? lines : [...lines, ...argumentLines('then checked by', check)];
}

/** `name: value`; texts of several lines stand below their name as they are, since they are programs to be read. */
function argumentLines(name: string, value: Json): string[] {
  if (typeof value === 'string' && value.includes('\n')) {
    return [`${oneLine(name)}:`, ...value.split('\n').map((line) => `  ${visible(line.replaceAll('\t', '  '))}`)];
  }
  const [first = '', ...rest] = JSON.stringify(value, undefined, 2).split('\n').map(visible);
  const flat = JSON.stringify(value);
  if (flat.length <= 50) return [`${oneLine(name)}: ${visible(flat)}`];
  return [`${oneLine(name)}: ${first}`, ...rest];
}

function shortened(lines: readonly string[], shown: number): { lines: readonly string[]; hidden: number } {
  // One line less would be hidden than the note about it takes.
  if (lines.length <= shown + 1) return { lines, hidden: 0 };
  return { lines: lines.slice(0, shown), hidden: lines.length - shown };
}
