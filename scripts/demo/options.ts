import { parseArgs } from 'node:util';
import { UsageError } from '../cli/errors.ts';

export interface DemoOptions {
  readonly yes: boolean;
  readonly only: readonly string[];
  readonly url: string | undefined;
  readonly key: string | undefined;
  readonly start: boolean;
  readonly out: string | undefined;
  readonly help: boolean;
}

export const DEMO_HELP = `npm run demo [-- options]

Submits the goals of examples/goals to a server, shows them live, and prints what came of them. Without a server it
starts a temporary one, with a data folder of its own that is removed at the end.

  --yes           approve what waits for a person (each goal that shows a refusal is refused), and ask nothing
  --only name     only the goals of that name; may be repeated
  --start         start a temporary server, even if one is running
  --url address   the server; by default VILLAGE_URL, then DATA_DIR/first-run.json (DATA_DIR is ./.data)
  --key key       the API key; by default VILLAGE_API_KEY, then the same file
  --out folder    where the files that the goals make are saved; by default a new folder among the temporary ones
  --help

Exit codes: 0 every goal ended as it should, 1 some did not, 2 the command is wrong, 130 interrupted.
NO_COLOR=1 leaves out the colours. Where the output is no terminal, lines are printed instead of bars.`;

/** Throws UsageError. */
export function readDemoOptions(args: readonly string[]): DemoOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: false,
      options: {
        yes: { type: 'boolean', short: 'y', default: false },
        only: { type: 'string', multiple: true, default: [] },
        url: { type: 'string' },
        key: { type: 'string' },
        start: { type: 'boolean', default: false },
        out: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const { yes, only, url, key, start, out, help } = values;
    if (start && (url !== undefined || key !== undefined)) {
      throw new UsageError('--start makes a server of its own: leave out --url and --key.');
    }
    return { yes, only, url, key, start, out, help };
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(`${error.message.split('. ')[0]}. See npm run demo -- --help`);
    throw error;
  }
}
