import { join } from 'node:path';
import { BubblewrapJail } from './jail/bubblewrap-jail.js';
import type { Jail } from './jail/jail.js';
import { NamespaceJail } from './jail/namespace-jail.js';
import { PlainJail } from './jail/plain-jail.js';

/** The jails of this machine, the strongest first. */
export interface Jails {
  /** For programs that users choose. */
  readonly forCommands: readonly Jail[];
  /** For our own interpreters, which read code but run no other program. */
  readonly forInterpreters: readonly Jail[];
}

/**
 * `folder` is for what the jails themselves need. `unjailed` lets commands run in a weaker jail where the one that is
 * made for them does not work, and without any where none does.
 */
export function jailsOf(folder: string, unjailed: boolean): Jails {
  const bubblewrap = new BubblewrapJail(join(folder, 'bubblewrap'));
  const namespaces = new NamespaceJail(join(folder, 'namespaces'));
  const all: readonly Jail[] = [bubblewrap, namespaces];
  return {
    forCommands: unjailed ? [...all, new PlainJail()] : all.filter((jail) => jail.forCommands),
    forInterpreters: all,
  };
}
