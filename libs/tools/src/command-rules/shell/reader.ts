import type { Inspector } from '../inspector.js';
import { UNKNOWN } from '../text.js';
import { expandWord } from './expand.js';
import { bodyAt } from './functions.js';
import type { Shell } from './shell.js';
import { type Redirection, SimpleCommand } from './simple-command.js';
import type { Token } from './tokens.js';

const OPENING = new Set(['if', 'while', 'until', 'for', 'select', 'case', '{']);
const CLOSING = new Set(['fi', 'done', 'esac', '}']);
const SKIPPED = new Set([...OPENING, ...CLOSING, 'then', 'elif', 'else', 'do', '!', 'time', 'coproc']);

/** A shell with what is to be known of the brackets that it stands in. */
interface Scope {
  readonly shell: Shell;
  cases: number;
}

/**
 * Goes through a text as a shell would, once and forwards: both sides of each choice, each loop once. What cannot be
 * parsed is passed over, as a shell runs the lines before its first error.
 */
export class Reader {
  /** What the text would print, as far as it is known. */
  output = '';
  private words: string[] = [];
  private redirections: Redirection[] = [];
  private depth = 0;
  private chain: '' | '&&' | '||' = '';
  private piped: string | undefined;
  private lastOutput = '';
  private readonly outer: Scope[] = [];
  private scope: Scope;

  constructor(
    private readonly inspector: Inspector,
    shell: Shell,
    private readonly stdin: string,
    /** Functions that are being run: one that calls itself is read once. */
    private readonly active: ReadonlySet<string>,
  ) {
    this.scope = { shell, cases: 0 };
  }

  run(tokens: readonly Token[]): void {
    this.inspector.spend(tokens.length);
    for (let at = 0; at < tokens.length; at += 1) {
      const token = tokens[at]!;
      const end = this.functionAt(tokens, at);
      if (end !== undefined) at = end - 1;
      else if (token.kind === 'word') this.words.push(token.raw);
      else if (token.kind === 'operator') this.operator(token.text);
      else this.redirections.push(token);
    }
    this.finish();
    this.output += this.lastOutput;
  }

  /** Remembers a function that is defined here; returns where the text goes on behind it. */
  private functionAt(tokens: readonly Token[], at: number): number | undefined {
    const isWord = this.words.length === 0 && tokens[at]?.kind === 'word';
    const found = isWord ? bodyAt(tokens, at) : undefined;
    if (found) this.scope.shell.functions.set(found.name, found.body);
    return found?.end;
  }

  private operator(text: string): void {
    if (text === ')' && this.scope.cases > 0) this.words = [];
    else if (text === '(' && this.words.length > 0) this.beginArray();
    else this.finish();
    if (text === '(') this.open();
    else if (text === ')') this.close();
    else if (text === '|' || text === '|&') this.piped = this.lastOutput;
    else this.separate(text);
  }

  private separate(text: string): void {
    this.output += this.lastOutput;
    this.lastOutput = '';
    this.piped = undefined;
    this.chain = text === '&&' || text === '||' ? text : '';
    if (text !== '&&') this.scope.shell.goOn();
  }

  private open(): void {
    this.outer.push(this.scope);
    this.inspector.spend(this.scope.shell.size);
    this.scope = { shell: this.scope.shell.copy(), cases: 0 };
    this.depth += 1;
  }

  private close(): void {
    if (this.scope.cases > 0) return;
    this.scope = this.outer.pop() ?? this.scope;
    this.depth = Math.max(0, this.depth - 1);
  }

  /** `name=(…)`: what is in the brackets is read as a command, and what is in the variable is unknown. */
  private beginArray(): void {
    const name = /^([A-Za-z_]\w*)\+?=$/.exec(this.words.at(-1) ?? '')?.[1];
    if (name !== undefined) this.scope.shell.variables.set(name, [UNKNOWN], true);
    this.words = [];
  }

  private finish(): void {
    const { words, redirections } = this;
    this.words = [];
    this.redirections = [];
    let at = 0;
    for (; at < words.length; at += 1) {
      const first = words[at]!;
      if (!SKIPPED.has(first)) break;
      if (OPENING.has(first)) this.depth += 1;
      if (CLOSING.has(first)) this.depth = Math.max(0, this.depth - 1);
      if (first === 'esac') this.scope.cases = Math.max(0, this.scope.cases - 1);
      if (first === 'for' || first === 'select') return this.loop(words.slice(at + 1));
      if (first === 'case') return this.choose(words.slice(at + 1));
    }
    if (at < words.length || redirections.length > 0) this.execute(words.slice(at), redirections);
  }

  private loop([name = '', , ...list]: readonly string[]): void {
    const { shell } = this.scope;
    const values = list.flatMap((word) => expandWord(word, this.expander()).flat());
    shell.variables.set(name, values.length > 0 ? values : (shell.variables.parameters ?? [UNKNOWN]), true);
  }

  private choose([subject = '']: readonly string[]): void {
    expandWord(subject, this.expander());
    this.scope.cases += 1;
  }

  private execute(words: readonly string[], redirections: readonly Redirection[]): void {
    const command = new SimpleCommand({
      expander: this.expander(),
      inspector: this.inspector,
      shell: this.scope.shell,
      stdin: this.piped ?? this.stdin,
      isCertain: this.depth === 0 && this.chain === '',
      isBehindOr: this.chain === '||',
      readHere: (tokens, stdin, name) => this.readHere(tokens, stdin, name),
      isActive: (name) => this.active.has(name),
    });
    this.piped = undefined;
    this.lastOutput = command.run(words, redirections);
  }

  /** Reads in this same shell: a function's body, the text of `eval`. */
  private readHere(tokens: readonly Token[], stdin: string, name: string): string {
    const inner = new Reader(this.inspector, this.scope.shell, stdin, new Set([...this.active, name]));
    inner.depth = this.depth + (this.chain === '' ? 0 : 1);
    inner.run(tokens);
    return inner.output;
  }

  private expander(): ConstructorParameters<typeof SimpleCommand>[0]['expander'] {
    const { shell } = this.scope;
    const { inspector } = this;
    const at = { folders: shell.folders, stdin: this.stdin, variables: shell.variables };
    return {
      variables: shell.variables,
      outputOf: (script) => inspector.script(script, at, shell.variables.parameters),
      pipeOf: (text) => inspector.pipeOf(text),
      spend: (characters) => inspector.spend(characters),
      deeper: (work) => inspector.deeper(work),
    };
  }
}
