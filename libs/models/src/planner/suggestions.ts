import { type PlaybookLibrary, phrasesOf } from '../library/library.js';
import type { Playbook } from '../playbook/playbook.js';
import { isFillerWord } from '../phrases/words.js';

const MAX_SUGGESTIONS = 3;
/** Characters of a description that are looked at. */
const MAX_LENGTH = 2000;
const COMMON = new Set([
  'of',
  'in',
  'to',
  'by',
  'on',
  'for',
  'with',
  'and',
  'from',
  'at',
  'as',
  'is',
  'it',
  'file',
  'files',
]);

/** Playbooks that share words with what was said, the closest first, as sentences. */
export function suggestions(description: string, playbooks: PlaybookLibrary): string[] {
  const said = wordSet(description.slice(0, MAX_LENGTH));
  return playbooks
    .list()
    .map((playbook) => ({ playbook, shared: [...vocabulary(playbook)].filter((word) => said.has(word)).length }))
    .filter(({ shared }) => shared > 0)
    .toSorted((a, b) => b.shared - a.shared)
    .slice(0, MAX_SUGGESTIONS)
    .map(({ playbook: { name, title, phrases } }) => {
      const phrase = phrases[0] === undefined ? '' : `, said “${phrases[0]}”`;
      return `Perhaps the playbook \`${name}\` (${title})${phrase}.`;
    });
}

function vocabulary(playbook: Playbook): Set<string> {
  const words = phrasesOf(playbook).flatMap(({ elements }) =>
    elements.flatMap((element) => (element.type === 'word' ? [element.word] : [])),
  );
  return new Set([...words.filter((word) => !COMMON.has(word)), ...wordSet(playbook.title)]);
}

function wordSet(text: string): Set<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return new Set(words.filter((word) => word.length > 1 && !COMMON.has(word) && !isFillerWord(word)));
}
