import { excerpt } from '#libs/kernel';
import type { Plan } from '#libs/orchestration';
import { type Said, type Slots, doubtful, inQuotes, match } from '../phrases/match.js';
import { compareRank } from '../phrases/phrase.js';
import type { Places } from '../phrases/places.js';
import { wordsOf } from '../phrases/words.js';
import { nearestForms } from './nearest-forms.js';
import { Draft } from './draft.js';
import type { StepForm } from './forms.js';
import { MAX_STEPS } from './split.js';
import { STEP_FORMS } from './step-forms.js';

/** The more specific ones first. */
const BY_RANK = STEP_FORMS.flatMap((form) => form.phrases.map((phrase) => ({ form, phrase }))).toSorted((a, b) =>
  compareRank(b.phrase, a.phrase),
);

export type StepPlan =
  | { readonly ok: true; readonly plan: Plan }
  /** `understood` steps came before the one that the hint is about. */
  | { readonly ok: false; readonly understood: number; readonly hint: string };

/** The plan of a list of steps, of which every one must be understood. */
export function planSteps(steps: readonly string[], places: Places): StepPlan {
  if (steps.length > MAX_STEPS) {
    return { ok: false, understood: 0, hint: `A list has at most ${MAX_STEPS} steps; this one has ${steps.length}.` };
  }
  const draft = new Draft();
  for (const [index, text] of steps.entries()) {
    draft.next();
    const problem = addStep(draft, text, places);
    if (problem !== undefined) {
      const which = steps.length === 1 ? 'The step' : `Step ${index + 1}`;
      return { ok: false, understood: index, hint: `${which}, “${excerpt(text, 80)}”: ${problem}` };
    }
  }
  return { ok: true, plan: { tasks: draft.tasks } };
}

/** Gaps that hold the name of one column. */
const COLUMN_GAPS = ['column', 'by'];

/** Adds the tasks of a step; a text says why it cannot. */
function addStep(draft: Draft, text: string, places: Places): string | undefined {
  const words = wordsOf(text);
  if (words === undefined) return 'it is too long for a step.';
  const said: Said = { text, words, places };
  const found = formOf(said);
  if (found === undefined) return notUnderstood(said);
  const doubt = doubtful(found.slots, COLUMN_GAPS, said);
  return doubt === undefined ? found.form.add(draft, found.slots) : inQuotes(doubt);
}

function notUnderstood(said: Said): string {
  if (said.words[0]?.plain === 'run') return 'a command stands in backticks: run `wc -l sales.csv`.';
  const near = nearestForms(said.words).map((text) => `“${text}”`);
  return `this is no step that is known. Write it as ${near.join(', ')}; longer names go in quotes.`;
}

function formOf(said: Said): { readonly form: StepForm; readonly slots: Slots } | undefined {
  for (const { form, phrase } of BY_RANK) {
    const slots = match(phrase, said);
    if (slots !== undefined) return { form, slots };
  }
  return undefined;
}
