import { Outbound } from '#libs/outbound';
import { Inspection, Unreadable } from './inspection.js';
import { WORKSPACE } from './places.js';
import { Variables } from './shell/variables.js';
import { plain } from './text.js';

const PUBLIC_ONLY = new Outbound({ allow: [] });

const UNREADABLE =
  'The command is too long, or starts shells within shells too often, for anybody to tell what it does. ' +
  'Say it with fewer levels, or in several commands.';

/**
 * Why a command may never be run, whoever agrees to it (SAF-4); undefined if nothing is known against it. Sentences
 * that tell the user what would happen and what to do instead.
 *
 * It reads what would be executed: program and arguments, and the texts that shells among them would run. What only
 * running it would show (a computed variable, the program of an interpreter) is left to the sandbox.
 *
 * @param argv program and arguments, which no shell has read
 * @param refusesAddress why a URL may not be fetched, by its text alone; by default, all internal addresses are refused
 */
export function blockedCommand(
  argv: readonly string[],
  refusesAddress: (url: string) => string | undefined = (url) => PUBLIC_ONLY.refuses(url),
): string | undefined {
  const inspection = new Inspection(refusesAddress);
  try {
    for (const word of argv) inspection.spend(word.length);
    inspection.command(argv.map(plain), { folders: [WORKSPACE], stdin: '', variables: Variables.atStart() });
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    inspection.reason ??= UNREADABLE;
  }
  return inspection.reason;
}
