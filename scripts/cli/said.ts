import type { Approval, Json } from './wire.ts';

/** An answer to what waits for a person, as the API takes it. */
export interface Said {
  readonly approved: boolean;
  readonly reason: string;
  /** For a call that may have taken effect. */
  readonly resolution?: 'repeat' | 'took_effect';
  /** What such a call gave. */
  readonly output?: Json;
}

/** `unclear` is no answer that there is. */
export type Heard = Said | 'show' | 'unclear';

interface Dialogue {
  readonly question: string;
  readonly help: string;
  /** By what a line begins with, in full or by its first letter. */
  readonly words: Readonly<Record<string, Omit<Said, 'reason'>>>;
}

const LEAVE: Dialogue = {
  question: 'Approve? [y]es, [n]o, [s]how all: ',
  help: 'Type y or n (a reason may follow: "n not today"), or s to see all that would run.',
  words: { yes: { approved: true }, no: { approved: false } },
};

const OUTCOME: Dialogue = {
  question: 'Call it again, or take it as done? [r]epeat, [t]ook effect, [f]ail, [s]how all: ',
  help:
    'Look on the other side first. Type r to call it once more with the same key, t if it took effect, or f to let the ' +
    'task fail (a reason may follow: "t it is in their list"), or s to see all of the call.',
  words: {
    repeat: { approved: true, resolution: 'repeat' },
    took: { approved: true, resolution: 'took_effect' },
    fail: { approved: false },
  },
};

export function dialogueFor({ kind }: Approval): Dialogue {
  return kind === 'uncertain' ? OUTCOME : LEAVE;
}

/** What a typed line means: a word, and a reason after it. */
export function heard({ words }: Dialogue, line: string): Heard {
  const [first = '', ...rest] = line.trim().split(/\s+/);
  const typed = first.toLowerCase();
  const means = (word: string): boolean => typed !== '' && (typed === word || typed === word[0]);
  if (means('show')) return 'show';
  const word = Object.keys(words).find(means);
  // "took effect" is how the question puts it.
  if (word === 'took' && rest[0]?.toLowerCase() === 'effect') rest.shift();
  return word === undefined ? 'unclear' : { ...words[word]!, reason: rest.join(' ') };
}
