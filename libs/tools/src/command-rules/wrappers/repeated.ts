import type { Call, Inspector, Rule, Rules } from '../inspector.js';
import { Options } from '../options.js';
import { UNKNOWN, replaced } from '../text.js';

const XARGS = {
  letters: 'EILPadns',
  words: ['arg-file', 'delimiter', 'eof', 'max-args', 'max-chars', 'max-procs', 'process-slot-var', 'replace'],
  endAtOperand: true,
};

/** `xargs`: the words of its input become arguments. */
const xargs: Rule = ({ args, at }: Call, inspector: Inspector) => {
  const options = new Options(args, XARGS);
  const input = options.has('a', 'arg-file') ? UNKNOWN : at.stdin;
  const words = wordsOf(input, options.has('0', 'null') || options.has('d', 'delimiter'));
  const within = { ...at, stdin: '' };
  const marks = [...options.valuesOf('I', 'replace'), ...(options.has('i') ? ['{}'] : [])];
  const mark = marks.at(-1);
  if (mark === undefined) inspector.command([...options.operands, ...words], within);
  else {
    for (const word of words) {
      inspector.spend(options.operands.length + 1);
      inspector.command(
        options.operands.map((operand) => replaced(operand, mark, word, (characters) => inspector.spend(characters))),
        within,
      );
    }
  }
  return undefined;
};

/** Names may hold blanks where a delimiter is given; else blanks part them, and quotes are taken away. */
function wordsOf(input: string, isDelimited: boolean): string[] {
  const words = isDelimited ? input.split(/[\n\0]/) : input.split(/\s+/).map((word) => word.replace(/['"\\]/g, ''));
  const known = words.filter((word) => word !== '');
  return known.length > 0 ? known : [UNKNOWN];
}

/** `parallel command ::: words`, a text for a shell with each of the words. */
const parallel: Rule = ({ args, at }, inspector) => {
  const options = new Options(args, {
    letters: 'CEIILNPSUadjns',
    words: [
      'arg-file',
      'colsep',
      'delay',
      'jobs',
      'joblog',
      'max-args',
      'max-procs',
      'results',
      'retries',
      'timeout',
      'workdir',
    ],
    endAtOperand: true,
  });
  const end = options.operands.findIndex((operand) => operand.startsWith(':::'));
  const command = options.operands.slice(0, end === -1 ? undefined : end).join(' ');
  const given = end === -1 ? at.stdin.split('\n') : options.operands.slice(end);
  const isFromFiles = given[0]?.startsWith('::::') ?? false;
  const words = isFromFiles ? [UNKNOWN] : given.filter((word) => word !== '' && !word.startsWith(':::'));
  for (const word of words) {
    inspector.spend(word.length + command.length);
    const text = replaced(command, '{}', word, (characters) => inspector.spend(characters));
    inspector.script(command.includes('{}') ? text : `${command} ${word}`, { ...at, stdin: '' });
  }
  return undefined;
};

export const REPEATED_RULES: Rules = { xargs, parallel };
