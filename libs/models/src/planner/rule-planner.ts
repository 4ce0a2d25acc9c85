import { COMMON_ERRORS, excerpt } from '#libs/kernel';
import { type PlaybookLibrary, phrasesOf } from '../library/library.js';
import { checkParameters, completeParameters } from '../playbook/parameters.js';
import type { Playbook } from '../playbook/playbook.js';
import { fillPlan } from '../playbook/template.js';
import { type Said, type Slots, doubtful, inQuotes, match } from '../phrases/match.js';
import { type Phrase, compareRank } from '../phrases/phrase.js';
import { Places } from '../phrases/places.js';
import { wordsOf } from '../phrases/words.js';
import { beginsAsStep } from '../steps/nearest-forms.js';
import { planSteps } from '../steps/plan-steps.js';
import { splitSteps } from '../steps/split.js';
import type { NotUnderstood, PlanProvider, PlanRequest, Planned } from './plan-provider.js';
import { suggestions } from './suggestions.js';

/**
 * Plans by rules: a playbook that is named, a list of steps, a phrase of a playbook, a single step. Everything else is
 * not understood. It needs no network, guesses nothing, and gives the same plan for the same words every time.
 */
export class RulePlanner implements PlanProvider {
  readonly name = 'rules';

  plan(request: PlanRequest, playbooks: PlaybookLibrary): Planned | NotUnderstood {
    if (request.playbook) return named(request.playbook, playbooks);
    const places = new Places(request.files);
    const hints: string[] = [];
    return (
      asSteps(request.description, places, hints) ??
      asPhrase(request.description, places, playbooks, hints) ??
      asOneStep(request.description, places, hints) ?? {
        understood: false,
        hints: hints.length > 0 ? hints : closest(request.description, places, playbooks),
      }
    );
  }
}

function fromPlaybook(playbook: Playbook, parameters: Planned['by']['parameters'] & object): Planned {
  const by = { planner: 'playbook', playbook: playbook.name, parameters } as const;
  return { understood: true, plan: fillPlan(playbook, parameters), by };
}

function named({ name, parameters }: NonNullable<PlanRequest['playbook']>, playbooks: PlaybookLibrary): Planned {
  const playbook = playbooks.find(name);
  if (playbook) return fromPlaybook(playbook, completeParameters(playbook, parameters));
  const known = playbooks.list().map((each) => each.name);
  const message = `There is no playbook \`${excerpt(name, 64)}\`. There are ${known.slice(0, 50).join(', ')}.`;
  const issues = [{ path: 'playbook.name', message }];
  throw COMMON_ERRORS.make('invalid_input', { detail: `playbook.name: ${message}`, issues });
}

function asSteps(description: string, places: Places, hints: string[]): Planned | undefined {
  const list = splitSteps(description);
  if (list === undefined) return undefined;
  const planned = planSteps(list.steps, places);
  if (planned.ok) return { understood: true, plan: planned.plan, by: { planner: 'steps' } };
  // A story has lines, too: only what is clearly meant as steps is talked about as such.
  if (list.marked || planned.understood > 0) hints.push(planned.hint);
  return undefined;
}

function asOneStep(description: string, places: Places, hints: readonly string[]): Planned | undefined {
  if (hints.length > 0) return undefined;
  const planned = planSteps([description.trim()], places);
  return planned.ok ? { understood: true, plan: planned.plan, by: { planner: 'shape' } } : undefined;
}

/** What a sentence that is nothing known comes close to: a step where it begins as one, and playbooks. */
function closest(description: string, places: Places, playbooks: PlaybookLibrary): string[] {
  const text = description.trim();
  const words = wordsOf(text);
  const step = words && beginsAsStep(words) ? planSteps([text], places) : undefined;
  return [...(step && !step.ok ? [step.hint] : []), ...suggestions(description, playbooks)];
}

interface Candidate {
  readonly playbook: Playbook;
  readonly phrase: Phrase;
  readonly slots: Slots;
}

function asPhrase(
  description: string,
  places: Places,
  playbooks: PlaybookLibrary,
  hints: string[],
): Planned | undefined {
  const words = wordsOf(description);
  if (words === undefined) return undefined;
  const said: Said = { text: description, words, places };
  const found = playbooks.list().flatMap((playbook) => matches(playbook, said));
  const [best, second] = found.toSorted((a, b) => compareRank(b.phrase, a.phrase));
  if (best === undefined) return undefined;
  if (second && second.playbook !== best.playbook && compareRank(best.phrase, second.phrase) === 0) {
    const names = `\`${best.playbook.name}\` or \`${second.playbook.name}\``;
    hints.push(`This could mean the playbook ${names}: name the one that you want in \`playbook\`.`);
    return undefined;
  }
  const doubt = doubtful(best.slots, namesAfterBy(best), said);
  if (doubt !== undefined) {
    const name = best.playbook.name;
    hints.push(`This reads like the playbook \`${name}\`, but ${inQuotes(doubt)}`);
    return undefined;
  }
  const checked = checkParameters(best.playbook.parameters, best.slots);
  if (checked.ok) return fromPlaybook(best.playbook, checked.parameters);
  const [wrong] = checked.issues;
  hints.push(`This reads like the playbook \`${best.playbook.name}\`, but \`${wrong!.path}\`: ${wrong!.message}`);
  return undefined;
}

/** Texts after `by` are names, such as that of a column; other texts may well have commas in them. */
function namesAfterBy({ phrase: { elements } }: Candidate): string[] {
  return elements.flatMap((element, at) => {
    const before = elements[at - 1];
    const isName =
      element.type === 'slot' && element.kind === 'text' && before?.type === 'word' && before.word === 'by';
    return isName ? [element.name] : [];
  });
}

function matches(playbook: Playbook, said: Said): Candidate[] {
  return phrasesOf(playbook).flatMap((phrase) => {
    const slots = match(phrase, said);
    return slots === undefined ? [] : [{ playbook, phrase, slots }];
  });
}
