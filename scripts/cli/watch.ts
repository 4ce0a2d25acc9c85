import type { Api } from './api.ts';
import type { Answer, Approver, Question } from './approval.ts';
import { followGoal } from './events.ts';
import type { Progress } from './progress.ts';
import { type Approval, type JournalEntry, textOf } from './wire.ts';

/** How questions are answered: by a person, or by what an option says. */
export type Decide = (question: Question) => Promise<Answer>;

export interface Watched {
  readonly id: string;
  /** As the person knows it. */
  readonly name: string;
  readonly progress: Progress;
}

export interface Watching {
  readonly api: Api;
  readonly decide: Decide;
  readonly signal: AbortSignal;
  readonly onEntry?: (entry: JournalEntry) => void;
}

/** How a goal was left: it ended, or it waits for a person whom nobody could ask. */
export type Left = 'over' | 'waiting';

/** Follows a goal to its end and has its questions answered on the way. */
export async function watchGoal(goal: Watched, watching: Watching): Promise<Left> {
  const { api, signal } = watching;
  const stop = new AbortController();
  const questions = new Map<string, AbortController>();
  const asked: Promise<void>[] = [];
  try {
    for await (const entry of followGoal(api, goal.id, AbortSignal.any([signal, stop.signal]))) {
      goal.progress.apply(entry);
      watching.onEntry?.(entry);
      const id = textOf(entry.data?.['approval_id']);
      if (/^approval\.(granted|refused|voided)$/.test(entry.type)) questions.get(id)?.abort();
      if (entry.type !== 'approval.required') continue;
      const elsewhere = new AbortController();
      questions.set(id, elsewhere);
      const taken = settle(goal, id, watching, AbortSignal.any([signal, elsewhere.signal]));
      asked.push(
        taken.then(
          (answer) => (answer === 'left' ? stop.abort() : undefined),
          (error: unknown) => stop.abort(error),
        ),
      );
    }
    return 'over';
  } catch (error) {
    if (!stop.signal.aborted || signal.aborted) throw error;
    // Stopped by a question: nobody was there to answer it, or asking failed.
    if (stop.signal.reason instanceof DOMException) return 'waiting';
    throw stop.signal.reason;
  } finally {
    await Promise.allSettled(asked);
  }
}

async function settle({ name }: Watched, id: string, { api, decide }: Watching, signal: AbortSignal): Promise<Answer> {
  const approval = await api.get<Approval>(`/api/v1/approvals/${id}`);
  // The stream tells the past, too.
  return approval.state === 'pending' ? decide({ approval, goal: name, signal }) : 'decided elsewhere';
}

/** Lets a person answer, one question after the other however many goals ask at once. */
export function byPerson(approver: Approver): Decide {
  let before: Promise<unknown> = Promise.resolve();
  return (question) => {
    const answer = before.then(() => {
      if (question.signal?.aborted) return 'decided elsewhere';
      approver.show(question);
      return approver.ask(question);
    });
    before = answer.catch(() => undefined);
    return answer;
  };
}

/** Answers for the person, who sees what was asked all the same. */
export function byOption(approver: Approver, print: (line: string) => void, answerOf: AnswerOf): Decide {
  return (question) => {
    approver.show(question);
    if (question.approval.kind === 'uncertain') {
      print('Left to a person: only somebody who has looked can tell what became of the call.');
      return Promise.resolve('left');
    }
    const { approved, reason, because } = answerOf(question);
    print(`${approved ? 'Approved' : 'Refused'}: ${because}.`);
    return approver.decide(question.approval, { approved, reason });
  };
}

type AnswerOf = (question: Question) => { approved: boolean; reason: string; because: string };
