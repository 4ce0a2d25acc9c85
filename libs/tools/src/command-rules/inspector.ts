import type { Variables } from './shell/variables.js';

/** What a command finds when it starts. Texts may hold the marks of text.ts. */
export interface Situation {
  /** The working directory; several where it depends on whether a `cd` before succeeds. */
  readonly folders: readonly string[];
  readonly stdin: string;
  readonly variables: Variables;
}

/** One program that would be started. */
export interface Call {
  /** Lower case and without folders. */
  readonly name: string;
  readonly args: readonly string[];
  readonly at: Situation;
}

/** Looks into what a program would start in its turn. What is found there is kept by the inspector. */
export interface Inspector {
  command(argv: readonly string[], at: Situation): void;
  /** A text that a shell would run, with what `$1`, `$2` … are in it. Returns what it would print. */
  script(text: string, at: Situation, parameters?: readonly string[]): string;
  /** Does something that lies one level deeper; there are not many levels. */
  deeper<Result>(work: () => Result): Result;
  /** The path at which a program finds a text that another one writes, as for `<(…)`. */
  pipeOf(text: string): string;
  /** The text that is found at a path of `pipeOf`. */
  pipedText(path: string): string | undefined;
  /** A file that a shell opens for a command. */
  opens(path: string, at: Situation): void;
  /** Why an address may not be fetched, by its text alone. */
  refusesAddress(url: string): string | undefined;
  /**
   * Counts work in characters that are read or copied, before it is done: so no text takes long, and none takes much
   * memory. Whatever is done as often as the command wants must be counted.
   */
  spend(characters: number): void;
}

/** Why a program may not be run, as sentences for the user; or it looks into what the program starts. */
export type Rule = (call: Call, inspector: Inspector) => string | undefined;

/** Rules by the name of the program. */
export type Rules = Readonly<Record<string, Rule>>;

/** The same rule for several programs. */
export function forEach(names: readonly string[], rule: Rule): Rules {
  return Object.fromEntries(names.map((name) => [name, rule]));
}
