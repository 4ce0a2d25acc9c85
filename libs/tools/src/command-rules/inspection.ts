import type { Inspector, Situation } from './inspector.js';
import { nameOf } from './names.js';
import { connection } from './programs/addresses.js';
import { overwrites } from './programs/devices.js';
import { rulesFor } from './rules.js';
import { Reader } from './shell/reader.js';
import { Shell } from './shell/shell.js';
import { tokensOf } from './shell/tokens.js';
import { UNKNOWN } from './text.js';

/** Levels of programs and texts that start each other. */
const MAX_DEPTH = 40;
/** Characters that are worked on in all, those of texts within texts once for each level. */
const MAX_CHARACTERS = 1_000_000;

/** Thrown when a command is nested too deeply, or grows too long, to be read. */
export class Unreadable extends Error {}

/** Reads one command with all that it would start, and keeps the first reason why it may not be run. */
export class Inspection implements Inspector {
  reason: string | undefined;
  private depth = 0;
  private characters = 0;

  constructor(readonly refusesAddress: (url: string) => string | undefined) {}

  command(argv: readonly string[], at: Situation): void {
    const [program, ...args] = argv;
    if (program === undefined || this.reason !== undefined) return;
    this.spend(argv.length);
    this.deeper(() => {
      // A variable that is empty leaves the next word to be the program: `$SUDO rm …`.
      if (program === UNKNOWN) this.command(args, at);
      const name = nameOf(program);
      for (const rule of rulesFor(name)) {
        this.spend(args.length);
        const found = rule({ name, args, at }, this);
        // What the rule looked into may have left a reason meanwhile.
        this.reason ??= found;
      }
    });
  }

  script(text: string, at: Situation, parameters: readonly string[] = []): string {
    if (this.reason !== undefined) return UNKNOWN;
    this.spend(text.length);
    return this.deeper(() => {
      const shell = new Shell(at.folders, at.variables.copy(parameters));
      const reader = new Reader(this, shell, at.stdin, new Set());
      reader.run(tokensOf(text));
      return reader.output;
    });
  }

  opens(path: string, at: Situation): void {
    this.reason ??= overwrites('>', path, at) ?? connection(path, this);
  }

  spend(characters: number): void {
    this.characters += characters;
    if (this.characters > MAX_CHARACTERS) throw new Unreadable();
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
