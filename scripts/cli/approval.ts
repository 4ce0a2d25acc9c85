import type { Api } from './api.ts';
import { Refused } from './api.ts';
import { explain } from './errors.ts';
import type { Keyboard } from './keyboard.ts';
import type { Screen } from './screen.ts';
import { cut, duration, fold, oneLine, visible, wrap } from './text.ts';
import type { Approval, Json } from './wire.ts';

/** What became of a question. `left`: nobody answered it here. */
export type Answer = 'approved' | 'rejected' | 'left' | 'decided elsewhere';

export interface Question {
  readonly approval: Approval;
  /** For whom it is asked: the goal as the person knows it. */
  readonly goal: string;
  /** Aborted when somebody else has decided. */
  readonly signal?: AbortSignal;
}

/** Lines of arguments that are shown at first: a program may be very long. */
const LINES_SHOWN = 24;

/** Shows what waits for a person, and carries their answer to the server. */
export class Approver {
  private readonly api: Api;
  private readonly screen: Screen;
  private readonly keyboard: Keyboard;

  constructor(api: Api, screen: Screen, keyboard: Keyboard) {
    this.api = api;
    this.screen = screen;
    this.keyboard = keyboard;
  }

  show({ approval, goal }: Pick<Question, 'approval' | 'goal'>): void {
    this.screen.print('', ...this.card(approval, goal, LINES_SHOWN));
  }

  async ask(question: Question): Promise<Answer> {
    const { approval, signal } = question;
    this.screen.pause();
    try {
      for (;;) {
        const said = await this.keyboard.ask(this.screen.paint('bold', 'Approve? [y]es, [n]o, [s]how all: '), signal);
        if (said === undefined) return 'left';
        const [word = '', ...rest] = said.trim().split(/\s+/);
        const reason = rest.join(' ');
        if (/^y(es)?$/i.test(word)) return await this.decide(approval, true, reason);
        if (/^no?$/i.test(word)) return await this.decide(approval, false, reason || (await this.reasonFor(signal)));
        if (/^s(how)?$/i.test(word)) this.screen.print(...this.card(approval, question.goal, Infinity));
        else this.screen.print('Type y or n (a reason may follow: "n not today"), or s to see all that would run.');
      }
    } catch (error) {
      if (signal?.aborted) return 'decided elsewhere';
      throw error;
    } finally {
      this.screen.resume();
    }
  }

  async decide({ id }: Approval, approved: boolean, reason: string): Promise<Answer> {
    try {
      const body = reason === '' ? {} : { reason: reason.slice(0, 1000) };
      await this.api.post(`/api/v1/approvals/${id}/${approved ? 'approve' : 'reject'}`, body);
      return approved ? 'approved' : 'rejected';
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if ((error.problem.code ?? '').startsWith('approval_')) return 'decided elsewhere';
      // Who asked may not be who may approve: somebody else has to, so the question stays.
      this.screen.print(...(explain(error)?.lines ?? []));
      return 'left';
    }
  }

  private async reasonFor(signal: AbortSignal | undefined): Promise<string> {
    const said = await this.keyboard.ask('Why not? (Enter for none) ', signal);
    return said?.trim() || 'refused at the terminal';
  }

  private card(approval: Approval, goal: string, shown: number): string[] {
    const paint = this.screen.paint.bind(this.screen);
    const room = this.screen.width - 12;
    const bar = paint('yellow', '│');
    const rows = (name: string, lines: readonly string[]): string[] =>
      lines.map((line, at) => `${bar} ${paint('dim', (at === 0 ? name : '').padEnd(9))} ${line}`);
    const row = (name: string, text: string): string[] => rows(name, wrap(oneLine(text), room));
    const all = argumentsOf(approval).flatMap((line) => fold(line, room));
    const { lines, hidden } = shortened(all, shown);
    return [
      `${paint('yellow', '┌')} ${paint('bold', `${oneLine(goal)} asks: may this run?`)}`,
      ...row('goal', cut(oneLine(approval.goal_description), 200)),
      ...row('tool', `${approval.tool} (${approval.action}, risk ${approval.risk})`),
      ...row('task', approval.task_key),
      ...rows('arguments', lines),
      ...(hidden > 0 ? rows('', [paint('yellow', `… ${hidden} more lines: "s" shows all of it`)]) : []),
      ...row('why', approval.reason),
      ...row('asked by', `${approval.requested_by.name} (${approval.requested_by.kind})`),
      ...row('expires', `in ${duration(Date.parse(approval.expires_at) - Date.now())}`),
      ...row('approval', approval.id),
      paint('yellow', '└'),
    ];
  }
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
