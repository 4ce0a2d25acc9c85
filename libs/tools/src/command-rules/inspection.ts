import type { Inspector, Situation } from './inspector.js';
import { nameOf } from './names.js';
import { costOfPlaces } from './places.js';
import { connection } from './programs/addresses.js';
import { overwrites } from './programs/devices.js';
import { rulesFor } from './rules.js';
import { Reader } from './shell/reader.js';
import { COST_OF_SHELL, Shell } from './shell/shell.js';
import { tokensOf } from './shell/tokens.js';
import { UNKNOWN, isPattern } from './text.js';

/** Levels of programs and texts that start each other. */
const MAX_DEPTH = 40;
/** Work in all, in characters; those of texts within texts count once for each level. That is 100 ms at most, where nothing is warm. */
export const MAX_WORK = 200_000;

/** Characters of work for each one of a pattern: about as many as there are programs with rules. */
const COST_OF_PATTERN = 150;
/** Above the descriptors that scripts open themselves. */
const FIRST_PIPE = 1000;

/** Thrown when a command is nested too deeply, or grows too long, to be read. */
export class Unreadable extends Error {}

/** Reads one command with all that it would start, and keeps the first reason why it may not be run. */
export class Inspection implements Inspector {
  reason: string | undefined;
  private depth = 0;
  private work = 0;
  private readonly pipes = new Map<string, string>();

  constructor(readonly refusesAddress: (url: string) => string | undefined) {}

  /** What was counted so far, in characters. */
  get spent(): number {
    return this.work;
  }

  command(argv: readonly string[], at: Situation): void {
    const [program, ...args] = argv;
    if (program === undefined || this.reason !== undefined) return;
    this.spend(argv.length);
    this.deeper(() => {
      // A variable that is empty leaves the next word to be the program: `$SUDO rm …`.
      if (program === UNKNOWN) this.command(args, at);
      const name = nameOf(program);
      // A pattern is compared with the names of all programs.
      if (isPattern(name)) this.spend(name.length * COST_OF_PATTERN);
      for (const rule of rulesFor(name)) {
        this.spend(costOfPlaces(args, at.folders) + at.stdin.length);
        const found = rule({ name, args, at }, this);
        // What the rule looked into may have left a reason meanwhile.
        this.reason ??= found;
      }
    });
  }

  script(text: string, at: Situation, parameters: readonly string[] = []): string {
    if (this.reason !== undefined) return UNKNOWN;
    this.spend(text.length + at.variables.size + COST_OF_SHELL);
    return this.deeper(() => {
      const shell = new Shell(at.folders, at.variables.copy(parameters));
      const reader = new Reader(this, shell, at.stdin, new Set());
      reader.run(tokensOf(text));
      return reader.output;
    });
  }

  pipeOf(text: string): string {
    const path = `/dev/fd/${FIRST_PIPE + this.pipes.size}`;
    this.pipes.set(path, text);
    return path;
  }

  pipedText(path: string): string | undefined {
    return this.pipes.get(path);
  }

  opens(path: string, at: Situation): void {
    this.spend(costOfPlaces([path], at.folders));
    this.reason ??= overwrites('>', path, at) ?? connection(path, this);
  }

  spend(characters: number): void {
    this.work += characters;
    if (this.work > MAX_WORK) throw new Unreadable();
  }

  deeper<Result>(work: () => Result): Result {
    if (this.depth >= MAX_DEPTH) throw new Unreadable();
    this.depth += 1;
    try {
      return work();
    } finally {
      this.depth -= 1;
    }
  }
}
