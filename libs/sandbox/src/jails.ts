import { join } from 'node:path';
import { BubblewrapJail } from './jail/bubblewrap-jail.js';
import type { Jail } from './jail/jail.js';

/** The jails of this machine, the strongest first. */
export interface Jails {
  /** For programs that users choose. */
  readonly forCommands: readonly Jail[];
  /** For our own interpreters, which read code but run no other program. */
  readonly forInterpreters: readonly Jail[];
}

/** `folder` is for what the jails themselves need. */
export function jailsOf(folder: string): Jails {
  const bubblewrap = new BubblewrapJail(join(folder, 'bubblewrap'));
  return { forCommands: [bubblewrap], forInterpreters: [bubblewrap] };
}
