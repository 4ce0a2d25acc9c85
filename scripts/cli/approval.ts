import type { Api } from './api.ts';
import { Refused } from './api.ts';
import { cardLines } from './approval-card.ts';
import { explain } from './errors.ts';
import type { Keyboard } from './keyboard.ts';
import { type Said, dialogueFor, heard } from './said.ts';
import type { Screen } from './screen.ts';
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
    this.screen.print('', ...cardLines(this.screen, approval, goal, LINES_SHOWN));
  }

  async ask(question: Question): Promise<Answer> {
    const { approval, signal } = question;
    const dialogue = dialogueFor(approval);
    this.screen.pause();
    try {
      for (;;) {
        const line = await this.keyboard.ask(this.screen.paint('bold', dialogue.question), signal);
        if (line === undefined) return 'left';
        const said = heard(dialogue, line);
        if (said === 'show') this.screen.print(...cardLines(this.screen, approval, question.goal, Infinity));
        else if (said === 'unclear') this.screen.print(dialogue.help);
        else return await this.decide(approval, await this.completed(said, signal));
      }
    } catch (error) {
      if (signal?.aborted) return 'decided elsewhere';
      throw error;
    } finally {
      this.screen.resume();
    }
  }

  async decide({ id }: Approval, { approved, reason, ...rest }: Said): Promise<Answer> {
    try {
      const body = { ...rest, ...(reason !== '' && { reason: reason.slice(0, 1000) }) };
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

  /** What an answer lacks is asked for. */
  private async completed(said: Said, signal: AbortSignal | undefined): Promise<Said> {
    if (!said.approved && said.reason === '') return { ...said, reason: await this.reasonFor(signal) };
    if (said.resolution !== 'took_effect') return said;
    const output = await this.outputOf(signal);
    return { ...said, ...(output !== undefined && { output }) };
  }

  /** What the call gave; undefined for what is known of that, which is mostly nothing. */
  private async outputOf(signal: AbortSignal | undefined): Promise<Json | undefined> {
    for (;;) {
      const line = await this.keyboard.ask('What did it give, as JSON? (Enter if nothing is known) ', signal);
      if (line === undefined || line.trim() === '') return undefined;
      try {
        return JSON.parse(line) as Json;
      } catch {
        this.screen.print('That is no JSON. Texts stand in quotes: "done"; an object is {"status": 201}.');
      }
    }
  }

  private async reasonFor(signal: AbortSignal | undefined): Promise<string> {
    const said = await this.keyboard.ask('Why not? (Enter for none) ', signal);
    return said?.trim() || 'refused at the terminal';
  }
}
