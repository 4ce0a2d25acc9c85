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
  /** Counts what is worked on. */
  readonly spend: (characters: number) => void;
  /** What another program writes into the pipe at this path, as `<(…)` makes one. */
  readonly pipedText: (path: string) => string | undefined;
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

function cd(args: readonly string[], { shell, spend }: BuiltinContext): void {
  const targets = args.filter((argument) => argument === '-' || !argument.startsWith('-'));
  shell.changeFolder(targets.length > 0 ? targets : (shell.variables.valuesOf('HOME') ?? [UNKNOWN]), spend);
}

function read(args: readonly string[], { shell, stdin, spend }: BuiltinContext): void {
  spend(stdin.length);
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

function shift(args: readonly string[], { shell: { variables }, isCertain, spend }: BuiltinContext): void {
  spend(variables.parameters?.length ?? 0);
  variables.parameters = isCertain ? variables.parameters?.slice(Number(args[0] ?? 1) || 1) : undefined;
}

/** Commands that change the shell itself, or run a text in it. */
export const BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ['cd', cd],
  ['chdir', cd],
  [
    'pushd',
    (args, { shell, spend }) =>
      shell.push(
        args.filter((argument) => !argument.startsWith('-')),
        spend,
      ),
  ],
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

function source(args: readonly string[], { stdin, runHere, pipedText }: BuiltinContext): void {
  const [file = ''] = args;
  runHere(file === '/dev/stdin' || file === '/dev/fd/0' ? stdin : (pipedText(file) ?? ''));
}
