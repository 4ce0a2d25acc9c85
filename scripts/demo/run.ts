import type { Api } from '../cli/api.ts';
import { Refused } from '../cli/api.ts';
import { explain } from '../cli/errors.ts';
import { Progress } from '../cli/progress.ts';
import { type Ended, resultsOf } from '../cli/results.ts';
import { submitGoal } from '../cli/submit.ts';
import { type Left, type Watching, watchGoal } from '../cli/watch.ts';
import type { BundledGoal, Outcome } from './bundled.ts';

/** How a goal of the demo came out. */
export interface Verdict {
  readonly good: boolean;
  readonly word: string;
  readonly details: readonly string[];
}

/** One goal of the demo, from its submission to what came of it. */
export class Run {
  readonly bundled: BundledGoal;
  id: string | undefined;
  progress: Progress;
  ended: Ended | undefined;
  verdict: Verdict | undefined;
  private began: number | undefined;
  private endedAt: number | undefined;
  private isRefused = false;

  constructor(bundled: BundledGoal) {
    this.bundled = bundled;
    const plan = bundled.body['plan'] as { tasks?: readonly unknown[] } | undefined;
    this.progress = new Progress(plan?.tasks?.length ?? 0);
  }

  /** Milliseconds since it was submitted, or until it ended; undefined before. */
  get elapsed(): number | undefined {
    return this.began === undefined ? undefined : (this.endedAt ?? Date.now()) - this.began;
  }

  /** Submits the goal; what the server refuses is a verdict, too. Throws Unreachable. */
  async submit(api: Api): Promise<void> {
    this.began = Date.now();
    try {
      const goal = await submitGoal(api, this.bundled);
      this.id = goal.id;
      this.progress = new Progress(goal.progress.total);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.endedAt = Date.now();
      this.verdict = { good: false, word: 'not accepted', details: explain(error)?.lines ?? [] };
    }
  }

  /** Follows the goal, and fetches what came of it into the folder. */
  async watch(watching: Watching, folder: string): Promise<void> {
    const { id, progress, bundled } = this;
    if (id === undefined) return;
    const onEntry: Watching['onEntry'] = (entry) => {
      if (entry.type === 'approval.refused') this.isRefused = true;
      watching.onEntry?.(entry);
    };
    const left = await watchGoal({ id, name: bundled.name, progress }, { ...watching, onEntry });
    this.endedAt = Date.now();
    this.ended = await resultsOf(watching.api, id, folder);
    this.verdict = left === 'over' ? judge(bundled, this.ended, this.isRefused) : waiting(left);
  }
}

function waiting(_left: Left): Verdict {
  const details = ['Nobody was there to answer. It goes on waiting; see GET /api/v1/approvals?state=pending.'];
  return { good: false, word: 'waits for an approval', details };
}

function judge({ outcomes }: BundledGoal, { goal, tasks }: Ended, isRefused: boolean): Verdict {
  const failures = [goal.error, ...tasks.map(({ error }) => error)].filter((error) => error !== null);
  const fits = ({ state, error, refused = false }: Outcome): boolean =>
    state === goal.state &&
    refused === isRefused &&
    (error === undefined || failures.some(({ code }) => code === error));
  const found = outcomes.find(fits);
  const word = goal.state.toLowerCase();
  // Of what failed, the tasks' own words say the most.
  const reasons = failures.map(({ code, detail }) => `${code}: ${detail}`);
  const told =
    reasons.find((reason) => found?.error !== undefined && reason.startsWith(`${found.error}:`)) ?? reasons.at(-1);
  if (found)
    return { good: true, word: found.says ?? word, details: goal.state === 'COMPLETED' || !told ? [] : [told] };
  const expected = outcomes
    .map(({ state, error }) => (error === undefined ? state : `${state} by ${error}`))
    .join(' or ');
  return { good: false, word, details: [...(told ? [told] : []), `Expected was ${expected}.`] };
}
