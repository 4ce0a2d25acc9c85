import { type Rule, type Rules, forEach } from '../inspector.js';
import { Options } from '../options.js';

const NAMES = [
  'sh',
  'bash',
  'rbash',
  'dash',
  'ash',
  'zsh',
  'ksh',
  'ksh93',
  'mksh',
  'yash',
  'fish',
  'csh',
  'tcsh',
  'hush',
];
/** Stands for the home folder on another machine. */
const HOME_ELSEWHERE = '/home/elsewhere';
/** What a shell reads its commands from when it is named as a file. */
const STDIN = new Set(['-', '/dev/stdin', '/dev/fd/0', '/proc/self/fd/0']);

/** A shell: the text of `-c`, or its standard input. What a script's file holds cannot be read here. */
const shell: Rule = ({ args, at }, inspector) => {
  const normal = args.map((argument) => (/^\+./.test(argument) ? `-${argument.slice(1)}` : argument));
  const options = new Options(normal, { letters: 'oO', words: ['init-file', 'rcfile', 'command'], endAtOperand: true });
  const [first, ...rest] = options.operands;
  const texts = options.valuesOf('', 'command');
  const start = options.has('e') || options.valuesOf('o').includes('errexit') ? 'set -e\n' : '';
  if (texts.length > 0) inspector.script(start + texts.join('\n'), at, options.operands);
  else if (options.has('c')) {
    inspector.spend(at.variables.size);
    const variables = at.variables.copy();
    if (rest[0] !== undefined) variables.set('0', rest.slice(0, 1), true);
    inspector.script(start + (first ?? ''), { ...at, variables }, rest.slice(1));
  } else if (first === undefined || STDIN.has(first)) inspector.script(start + at.stdin, at, rest);
  else if (options.has('s')) inspector.script(start + at.stdin, at, options.operands);
  else inspector.script(start + (inspector.pipedText(first) ?? ''), at, rest);
  return undefined;
};

/** `su`, `runuser`: a command as somebody else. */
const su: Rule = ({ args, at }, inspector) => {
  const style = { letters: 'cgGsTuw', words: ['command', 'group', 'session-command', 'shell', 'supp-group', 'user'] };
  const options = new Options(args, style);
  for (const text of [...options.valuesOf('c', 'command'), ...options.valuesOf('', 'session-command')]) {
    inspector.script(text, at);
  }
  // `runuser -u name command …`
  if (options.has('u', 'user')) {
    inspector.command(new Options(args, { ...style, endAtOperand: true }).operands, at);
  }
  if (!options.has('c', 'command')) inspector.script(at.stdin, at);
  return undefined;
};

/** `script`: a command whose output is written down. */
const record: Rule = ({ args, at }, inspector) => {
  const words = ['command', 'log-in', 'log-io', 'log-out', 'log-timing', 'echo', 'output-limit'];
  for (const text of new Options(args, { letters: 'BEIOTcmo', words }).valuesOf('c', 'command'))
    inspector.script(text, at);
  return undefined;
};

/** `watch`: its arguments together are the text of a shell. */
const watch: Rule = ({ args, at }, inspector) => {
  const options = new Options(args, { letters: 'nqs', words: ['equexit', 'interval', 'shotsdir'], endAtOperand: true });
  inspector.script(options.operands.join(' '), at);
  return undefined;
};

/** `flock file command …` or `flock file -c text`. */
const flock: Rule = ({ args, at }, inspector) => {
  const style = { letters: 'Ew', words: ['conflict-exit-code', 'timeout'], endAtOperand: true };
  const [, ...command] = new Options(args, style).operands;
  if (command[0] === '-c' || command[0] === '--command') inspector.script(command[1] ?? '', at);
  else inspector.command(command, at);
  return undefined;
};

/** `ssh`: a text for the shell of another machine, which begins in the home folder there. */
const ssh: Rule = ({ args, at }, inspector) => {
  const options = new Options(args, { letters: 'BDEFIJLOQRSWbceilmopw', endAtOperand: true });
  const text = options.operands.slice(1).join(' ');
  inspector.script(text === '' ? at.stdin : text, { ...at, folders: [HOME_ELSEWHERE] });
  return undefined;
};

/** Programs that run their standard input later. */
const later: Rule = ({ args, at }, inspector) => {
  if (!new Options(args).has('f')) inspector.script(at.stdin, at);
  return undefined;
};

export const SHELL_RULES: Rules = {
  ...forEach(NAMES, shell),
  ...forEach(['su', 'runuser'], su),
  ...forEach(['at', 'batch'], later),
  script: record,
  watch,
  flock,
  ssh,
};
