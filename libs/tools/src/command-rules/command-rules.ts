import { Outbound } from '#libs/outbound';
import { runLimited } from '../checks/time-limit.js';
import { Inspection, Unreadable } from './inspection.js';
import { WORKSPACE } from './places.js';
import { Variables } from './shell/variables.js';
import { plain } from './text.js';

const PUBLIC_ONLY = new Outbound({ allow: [] });

/** Characters that program and arguments may have together. */
export const MAX_COMMAND_LENGTH = 64 * 1024;
/** What is counted ends long before; this is for what somebody forgot to count. */
const MAX_MILLISECONDS = 150;
const ATTEMPTS = 2;

const TOO_LONG =
  `The command is longer than ${MAX_COMMAND_LENGTH} characters, so it is not read, and what is not read may not run. ` +
  'Write the script into a file of the workspace, and run that.';
const UNREADABLE =
  'The command is too entangled for anybody to tell what it does: it repeats or multiplies its texts, or starts shells ' +
  'within shells, too often. Write it into a script file in the workspace and run that, or make it simpler.';

type Refuses = (url: string) => string | undefined;

/**
 * Why a command may never be run, whoever agrees to it (SAF-4); undefined if nothing is known against it. Sentences
 * that tell the user what would happen and what to do instead.
 *
 * It reads what would be executed: program and arguments, and the texts that shells among them would run. What only
 * running it would show (a computed variable, the program of an interpreter) is left to the sandbox. A command that
 * cannot be read with a bounded amount of work is refused.
 *
 * @param argv program and arguments, which no shell has read
 * @param refusesAddress why a URL may not be fetched, by its text alone; by default, all internal addresses are refused
 */
export function blockedCommand(argv: readonly string[], refusesAddress?: Refuses): string | undefined {
  // Time passes while other processes run, too: a command is only refused if it is late again.
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const run = runLimited(MAX_MILLISECONDS, () => inspect(argv, refusesAddress));
    if (run.ended === 'error') throw run.error;
    if (run.ended === 'normally') return run.result.reason;
  }
  return UNREADABLE;
}

/** What `blockedCommand` finds, with the work that it took, in characters. */
export function inspect(
  argv: readonly string[],
  refusesAddress: Refuses = (url) => PUBLIC_ONLY.refuses(url),
): { readonly reason: string | undefined; readonly spent: number } {
  if (argv.reduce((sum, word) => sum + word.length, 0) > MAX_COMMAND_LENGTH) return { reason: TOO_LONG, spent: 0 };
  const inspection = new Inspection(refusesAddress);
  try {
    inspection.command(argv.map(plain), { folders: [WORKSPACE], stdin: '', variables: Variables.atStart() });
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    inspection.reason ??= UNREADABLE;
  }
  return { reason: inspection.reason, spent: inspection.spent };
}
