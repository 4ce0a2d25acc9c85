import { Options } from '../options.js';
import { UNKNOWN } from '../text.js';
import type { Shell } from './shell.js';

/** What a builtin may use of the walk through a text. */
export interface BuiltinContext {
  readonly shell: Shell;
  readonly stdin: string;
  /** Whether it surely runs: not in a loop, a branch, or behind `&&` and `||`. */
  readonly isCertain: boolean;
  /** Whether it runs only after a failure. */
  readonly isBehindOr: boolean;
  /** Runs a text in this same shell. */
  readonly runHere: (text: string) => void;
}

type Builtin = (args: readonly string[], context: BuiltinContext) => void;

const ASSIGNMENT = /^([A-Za-z_]\w*)\+?=([\s\S]*)$/;

function assign(args: readonly string[], { shell, isCertain }: BuiltinContext): void {
  for (const argument of args) {
    const [, name, value = ''] = ASSIGNMENT.exec(argument) ?? [];
    if (name !== undefined) shell.variables.set(name, [value], isCertain);
  }
}

function cd(args: readonly string[], { shell }: BuiltinContext): void {
  const targets = args.filter((argument) => argument === '-' || !argument.startsWith('-'));
  shell.changeFolder(targets.length > 0 ? targets : (shell.variables.valuesOf('HOME') ?? [UNKNOWN]));
}

function read(args: readonly string[], { shell, stdin }: BuiltinContext): void {
  const names = new Options(args, { letters: 'adinNptu' }).operands;
  const lines = stdin.split('\n').filter((line) => line !== '');
  const values = lines.length > 0 && names.length === 1 ? lines : [UNKNOWN];
  for (const name of names) shell.variables.set(name, values, false);
}

function end(_: readonly string[], { shell, isBehindOr }: BuiltinContext): void {
  if (isBehindOr) shell.endAfterFailure();
}

function set(args: readonly string[], { shell, isCertain }: BuiltinContext): void {
  const normal = args.map((argument) => (argument.startsWith('+') ? `-o+${argument}` : argument));
  const options = new Options(normal, { letters: 'o', endAtOperand: true });
  if (options.has('e') || options.valuesOf('o').includes('errexit')) shell.endsAtFailure = true;
  if (options.operands.length === 0 && !args.includes('--')) return;
  shell.variables.parameters = isCertain ? options.operands : undefined;
}

function shift(args: readonly string[], { shell: { variables }, isCertain }: BuiltinContext): void {
  variables.parameters = isCertain ? variables.parameters?.slice(Number(args[0] ?? 1) || 1) : undefined;
}

/** Commands that change the shell itself, or run a text in it. */
export const BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ['cd', cd],
  ['chdir', cd],
  ['pushd', (args, { shell }) => shell.push(args.filter((argument) => !argument.startsWith('-')))],
  ['popd', (_, { shell }) => shell.pop()],
  ['export', assign],
  ['declare', assign],
  ['typeset', assign],
  ['local', assign],
  ['readonly', assign],
  ['read', read],
  ['exit', end],
  ['return', end],
  ['eval', (args, { runHere }) => runHere(args.join(' '))],
  // What a trap does is done at some time: as if it were now.
  ['trap', (args, { runHere }) => runHere(args.find((argument) => argument !== '--') ?? '')],
  ['.', source],
  ['source', source],
  ['set', set],
  ['shift', shift],
  [
    'alias',
    (args, { shell }) => {
      for (const argument of args) {
        const equals = argument.indexOf('=');
        if (equals > 0) shell.aliases.set(argument.slice(0, equals), argument.slice(equals + 1));
      }
    },
  ],
]);

function source(args: readonly string[], { stdin, runHere }: BuiltinContext): void {
  if (args[0] === '/dev/stdin' || args[0] === '/dev/fd/0') runHere(stdin);
}
