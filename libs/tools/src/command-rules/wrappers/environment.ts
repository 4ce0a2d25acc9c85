import type { Rule, Rules } from '../inspector.js';
import { Options } from '../options.js';
import { placeOf } from '../places.js';

/** `env`: sets variables, changes the folder, may split a text into words, and starts a command. */
const env: Rule = ({ args, at }, inspector) => {
  const options = new Options(args, {
    letters: 'CSau',
    words: ['argv0', 'chdir', 'split-string', 'unset'],
    endAtOperand: true,
  });
  inspector.spend(at.variables.size);
  const variables = at.variables.copy();
  const first = options.operands.findIndex((word) => !/^[^=]+=/.test(word));
  const command = first === -1 ? [] : options.operands.slice(first);
  for (const word of first === -1 ? options.operands : options.operands.slice(0, first)) {
    const equals = word.indexOf('=');
    variables.set(word.slice(0, equals), [word.slice(equals + 1)], true);
  }
  const folder = options.valuesOf('C', 'chdir').at(-1);
  const folders = folder === undefined ? at.folders : at.folders.map((from) => placeOf(folder, from));
  const within = { ...at, folders, variables };
  const texts = options.valuesOf('S', 'split-string');
  if (texts.length > 0) inspector.script([...texts, ...command].join(' '), within);
  else inspector.command(command, within);
  return undefined;
};

export const ENVIRONMENT_RULES: Rules = { env };
