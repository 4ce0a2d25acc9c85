import { WORKSPACE, placeOf } from '../places.js';
import { UNKNOWN } from '../text.js';
import type { Token } from './tokens.js';
import { Variables } from './variables.js';

const MAX_FOLDERS = 8;
/** Targets of one `cd` that are followed: one for each value of a variable. */
const MAX_TARGETS = 16;
/** Making a shell that remembers nothing takes as long as reading so many characters. */
export const COST_OF_SHELL = 20;

/** What a shell remembers between the commands of a text, as far as it can be read. */
export class Shell {
  private previous: readonly string[] = [WORKSPACE];
  private stack: (readonly string[])[] = [];
  /** Where the shell still is if the last `cd` failed and the text goes on nevertheless. */
  private stayed: readonly string[] = [];
  private mayHaveStayed = false;
  /** Whether it ends at the first failure (`set -e`). */
  endsAtFailure = false;

  constructor(
    private moved: readonly string[],
    readonly variables: Variables,
    readonly functions = new Map<string, readonly Token[]>(),
    readonly aliases = new Map<string, string>(),
  ) {}

  get folders(): readonly string[] {
    return this.mayHaveStayed ? [...new Set([...this.moved, ...this.stayed])] : this.moved;
  }

  /** How much it remembers: what a copy costs. */
  get size(): number {
    return COST_OF_SHELL + this.variables.size + this.functions.size + this.aliases.size;
  }

  /** A shell of its own, as `( … )` and `$( … )` start one. */
  copy(parameters = this.variables.parameters): Shell {
    const variables = this.variables.copy(parameters);
    const copy = new Shell(this.folders, variables, new Map(this.functions), new Map(this.aliases));
    copy.endsAtFailure = this.endsAtFailure;
    copy.previous = this.previous;
    return copy;
  }

  /** Takes the folder as changed; what follows behind `&&` runs only if it was. */
  changeFolder(targets: readonly string[], spend: (characters: number) => void): void {
    const before = this.moved;
    const followed = targets.length > MAX_TARGETS ? [UNKNOWN] : targets;
    for (const from of before) {
      for (const target of followed) spend(from.length + target.length);
    }
    const to = followed.flatMap((target) =>
      target === '-' ? this.previous : before.map((from) => placeOf(target, from)),
    );
    this.moveTo(to);
    this.previous = before;
  }

  push(targets: readonly string[], spend: (characters: number) => void): void {
    this.stack.push(this.moved);
    this.changeFolder(targets, spend);
  }

  pop(): void {
    this.moveTo(this.stack.pop() ?? [UNKNOWN]);
  }

  /** What comes next also runs if the last command failed. */
  goOn(): void {
    if (!this.endsAtFailure) this.mayHaveStayed = this.stayed.length > 0;
  }

  /** Behind `||` the text ends: whoever reads on did not fail. */
  endAfterFailure(): void {
    this.stayed = [];
    this.mayHaveStayed = false;
  }

  private moveTo(folders: readonly string[]): void {
    this.stayed = this.moved;
    this.mayHaveStayed = false;
    const all = [...new Set(folders)];
    this.moved = all.length > MAX_FOLDERS ? [UNKNOWN] : all;
    this.variables.set('PWD', this.moved, true);
  }
}
