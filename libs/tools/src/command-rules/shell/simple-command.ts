import type { Inspector, Situation } from '../inspector.js';
import { nameOf } from '../names.js';
import { UNKNOWN } from '../text.js';
import { BUILTINS } from './builtins.js';
import { type Expander, expandDocument, expandText, expandWord } from './expand.js';
import { knownOutput } from './output.js';
import type { Shell } from './shell.js';
import { type Token, tokensOf } from './tokens.js';
import type { Variables } from './variables.js';

export type Redirection = Exclude<Token, { kind: 'word' | 'operator' }>;

interface Surroundings {
  readonly expander: Expander;
  readonly inspector: Inspector;
  readonly shell: Shell;
  readonly stdin: string;
  readonly isCertain: boolean;
  readonly isBehindOr: boolean;
  /** Reads in the same shell; `name` is the function whose body it is. Returns what it would print. */
  readonly readHere: (tokens: readonly Token[], stdin: string, name: string) => string;
  readonly isActive: (name: string) => boolean;
}

const ASSIGNMENT = /^([A-Za-z_]\w*)\+?=/;
/** A command takes as long as reading so many characters, however short it is. */
const COST_OF_COMMAND = 12;
/** They run a builtin or program instead of a function, in the same shell. */
const PREFIXES = new Set(['command', 'builtin']);

/** One command of a text, without `;`, `|` and the like: assignments, words, redirections. */
export class SimpleCommand {
  constructor(private readonly around: Surroundings) {}

  /** Returns what it would print, as far as that is known. */
  run(words: readonly string[], redirections: readonly Redirection[]): string {
    const { expander, shell, isCertain } = this.around;
    expander.spend(COST_OF_COMMAND);
    const firstWord = words.findIndex((word) => !ASSIGNMENT.test(word));
    const assignments = firstWord === -1 ? words : words.slice(0, firstWord);
    const isAlone = firstWord === -1;
    const variables = isAlone || assignments.length === 0 ? shell.variables : this.ownVariables();
    for (const word of assignments) {
      const [start = '', name = ''] = ASSIGNMENT.exec(word) ?? [];
      const values = start.endsWith('+=') ? [UNKNOWN] : expandText(word.slice(start.length), expander);
      variables.set(name, values, isCertain || !isAlone);
    }
    const at = { folders: shell.folders, stdin: this.stdinOf(redirections), variables };
    for (const target of this.opened(redirections)) this.around.inspector.opens(target, at);
    if (isAlone) return '';
    const printed = this.argvs(words.slice(firstWord)).map((argv) => this.execute(argv, at));
    return redirections.some((redirection) => isToFile(redirection)) ? '' : printed.join('');
  }

  /** Assignments before a command hold for it alone. */
  private ownVariables(): Variables {
    const { expander, shell } = this.around;
    expander.spend(shell.variables.size);
    return shell.variables.copy();
  }

  /** What may be run: one for each value that the first word may have. */
  private argvs(words: readonly string[]): string[][] {
    const [first = [], ...rest] = words.map((word) => expandWord(word, this.around.expander));
    const others = rest.flat(2);
    this.around.expander.spend(first.length * others.length);
    return first.map((start) => [...start, ...others]);
  }

  private execute(argv: readonly string[], at: Situation): string {
    const [program, ...args] = argv;
    if (program === undefined) return '';
    if (PREFIXES.has(program) && !args[0]?.startsWith('-')) return this.execute(args, at);
    const { shell, isActive, inspector, expander } = this.around;
    const body = shell.functions.get(program);
    if (body && !isActive(program)) return this.call(program, body, args, at);
    const alias = shell.aliases.get(program);
    if (alias !== undefined && !isActive(program)) {
      return this.readText([alias, ...args.map(quoted)].join(' '), at, program);
    }
    const name = nameOf(program);
    const builtin = BUILTINS.get(name);
    if (!builtin) {
      inspector.command(argv, at);
      return knownOutput({ name, args, at }, (characters) => expander.spend(characters));
    }
    let printed = '';
    builtin(args, {
      ...this.around,
      stdin: at.stdin,
      spend: (characters) => expander.spend(characters),
      pipedText: (path) => inspector.pipedText(path),
      // Not a function's name: it must be reached again by an `eval` of an `eval`.
      runHere: (text) => (printed = this.readText(text, at, '')),
    });
    return printed;
  }

  private call(name: string, body: readonly Token[], args: readonly string[], at: Situation): string {
    const { variables } = this.around.shell;
    const before = variables.parameters;
    variables.parameters = args;
    const printed = this.around.inspector.deeper(() => this.around.readHere(body, at.stdin, name));
    variables.parameters = before;
    return printed;
  }

  private readText(text: string, at: Situation, name: string): string {
    const { inspector, readHere } = this.around;
    inspector.spend(text.length);
    return inspector.deeper(() => readHere(tokensOf(text), at.stdin, name));
  }

  private stdinOf(redirections: readonly Redirection[]): string {
    const { expander } = this.around;
    let { stdin } = this.around;
    for (const redirection of redirections) {
      if (redirection.kind === 'document') {
        stdin = redirection.isQuoted ? redirection.body : expandDocument(redirection.body, expander).join('\n');
      } else if (redirection.operator === '<<<') stdin = `${expandText(redirection.target, expander).join('\n')}\n`;
      else if (redirection.operator === '<') {
        const { inspector } = this.around;
        stdin = expandText(redirection.target, expander)
          .map((path) => inspector.pipedText(path) ?? UNKNOWN)
          .join('');
      }
    }
    return stdin;
  }

  private opened(redirections: readonly Redirection[]): string[] {
    return redirections.flatMap((redirection) => {
      const isFile = redirection.kind === 'redirect' && redirection.operator !== '<<<';
      return isFile ? expandText(redirection.target, this.around.expander) : [];
    });
  }
}

function isToFile(redirection: Redirection): boolean {
  return redirection.kind === 'redirect' && redirection.operator.includes('>') && !/^&?\d|^-/.test(redirection.target);
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
