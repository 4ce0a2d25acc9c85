import type { InputIssue } from '#libs/kernel';
import type { Phrase } from '../phrases/phrase.js';
import { compilePhrases, tied } from '../phrases/playbook-phrases.js';
import { MODEL_ERRORS } from '../models.errors.js';
import { type Playbook, invalidPlaybook } from '../playbook/playbook.js';
import { BUILTIN_PLAYBOOKS } from './builtin.js';

/** The playbooks that a goal can use. */
export interface PlaybookLibrary {
  find(name: string): Playbook | undefined;
  /** In the order of their names. */
  list(): readonly Playbook[];
}

/**
 * The built-in playbooks and a tenant's own. An own one cannot be stored under a built-in name (checkOwnPlaybook); where
 * a later version of this program brings a name that a tenant has used before, the tenant's stays what it was.
 */
export function playbookLibrary(own: readonly Playbook[] = []): PlaybookLibrary {
  const byName = new Map([...BUILTIN_PLAYBOOKS, ...own].map((playbook) => [playbook.name, playbook]));
  const sorted = [...byName.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return { find: (name) => byName.get(name), list: () => sorted };
}

const compiled = new WeakMap<Playbook, readonly Phrase[]>();

/** The phrases of a playbook that was parsed, compiled once. */
export function phrasesOf(playbook: Playbook): readonly Phrase[] {
  let phrases = compiled.get(playbook);
  if (!phrases) compiled.set(playbook, (phrases = compilePhrases(playbook.phrases, playbook.parameters).phrases));
  return phrases;
}

/**
 * Whether a tenant may keep a playbook beside these. Throws `playbook_name_taken` for the name of a built-in one, and
 * `invalid_playbook` for a phrase that could mean another playbook as well. One of the same name is being replaced.
 */
export function checkOwnPlaybook(playbook: Playbook, library: PlaybookLibrary): void {
  if (BUILTIN_PLAYBOOKS.some(({ name }) => name === playbook.name)) {
    throw MODEL_ERRORS.make('playbook_name_taken', {
      detail: `\`${playbook.name}\` is a built-in playbook. Choose another \`name\`.`,
      issues: [{ path: 'name', message: 'is the name of a built-in playbook: choose another one.' }],
    });
  }
  const issues = phraseTies(playbook, library);
  if (issues.length > 0) throw invalidPlaybook(issues);
}

/** Phrases that could mean another playbook as well, without one being the more specific. */
export function phraseTies(playbook: Playbook, library: PlaybookLibrary): InputIssue[] {
  const others = library.list().filter(({ name }) => name !== playbook.name);
  return phrasesOf(playbook).flatMap((phrase, index) => {
    const other = others.find((each) => phrasesOf(each).some((theirs) => tied(theirs, phrase)));
    if (other === undefined) return [];
    const message = `The playbook \`${other.name}\` has a phrase for the same words: add a word that tells them apart.`;
    return [{ path: `phrases.${index}`, message }];
  });
}
