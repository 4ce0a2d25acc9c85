import { type Word, isFiller } from '../phrases/words.js';
import { STEP_FORMS } from './step-forms.js';

const MAX_FORMS = 5;
/** A first word in common counts for more than all others: it says what is to be done. */
const VERB = 100;

const FORMS = STEP_FORMS.flatMap(({ listed }) =>
  listed.map((text) => ({ text, words: text.split(' ').filter((word) => !word.startsWith('{')) })),
);
const VERBS = new Set(FORMS.map(({ words }) => words[0]));

/** Ways to say a step, those first that share the verb and most words with what was said. */
export function nearestForms(said: readonly Word[]): string[] {
  const verb = verbOf(said);
  const plain = new Set(said.map((word) => word.plain));
  return FORMS.map(({ text, words }) => {
    const shared = words.filter((word) => plain.has(word)).length;
    return { text, score: (words[0] === verb ? VERB : 0) + shared };
  })
    .toSorted((a, b) => b.score - a.score)
    .slice(0, MAX_FORMS)
    .map(({ text }) => text);
}

/** Whether what was said begins as a step does. */
export function beginsAsStep(said: readonly Word[]): boolean {
  return VERBS.has(verbOf(said));
}

function verbOf(said: readonly Word[]): string | undefined {
  return said.find((word) => !isFiller(word))?.plain;
}
