import { parseArgs } from 'node:util';
import { UsageError } from '../cli/errors.ts';

export interface GoalOptions {
  readonly description: string | undefined;
  readonly files: readonly string[];
  readonly playbook: string | undefined;
  readonly parameters: readonly string[];
  readonly plan: string | undefined;
  readonly priority: string | undefined;
  readonly watch: boolean;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly out: string | undefined;
  readonly url: string | undefined;
  readonly key: string | undefined;
  readonly playbooks: boolean;
  readonly help: boolean;
}

export const GOAL_HELP = `npm run goal -- "what is wanted" [options]

Submits a goal. Without --plan and --playbook the words are planned: a phrase that the planner knows, or a list of
numbered steps (docs/guides/playbooks.md).

  --file path[=name]    a file of this machine, under its own name or another one in the goal's folder; may be repeated
  --playbook name       the playbook to follow; --playbooks lists them
  --param name=value    a parameter of the playbook; may be repeated. Values are read as the playbook declares them:
                        lists as a,b,c or JSON, objects as JSON. @file stands for what is in a file
  --plan file.json      a plan, or a whole goal as in examples/goals
  --priority level      low, normal, high or critical
  --watch               follow the goal to its end and print what came of it; asks what waits for a person
  --yes                 approve whatever waits for a person, but for calls that may have taken effect already; goes
                        with --watch
  --out folder          save the files that the goal makes; goes with --watch
  --dry-run             store nothing; print the tasks and what the gate would say to each
  --json                print JSON: the goal or the dry run; with --watch the goal at its end
  --playbooks           list the playbooks with their parameters
  --url address         the server; by default VILLAGE_URL, then DATA_DIR/first-run.json (DATA_DIR is ./.data)
  --key key             the API key; by default VILLAGE_API_KEY, then the same file
  --help

Examples:
  npm run goal -- "Report on sales.csv by region" --file examples/data/sales.csv --watch
  npm run goal -- --playbook csv-report --param file=sales.csv --param top=3 --file examples/data/sales.csv --watch
  npm run goal -- --plan examples/goals/09-pipeline.json --watch

Exit codes: 0 completed (submitted, without --watch), 1 failed or no server, 2 the command or the goal is wrong,
3 it waits for an approval that nobody here could give, 130 interrupted.`;

/** Throws UsageError. */
export function readGoalOptions(args: readonly string[]): GoalOptions {
  const { values, positionals } = parse(args);
  if (positionals.length > 1) {
    throw new UsageError(
      `Put what is wanted in quotes: there are ${positionals.length} texts, ${quoted(positionals)}.`,
    );
  }
  const { file, param, plan, playbook, watch, yes, out, ...rest } = values;
  if (plan !== undefined && playbook !== undefined) throw new UsageError('Give either --plan or --playbook.');
  if (param.length > 0 && playbook === undefined) throw new UsageError('--param belongs to --playbook.');
  if (yes && !watch) throw new UsageError('--yes answers what comes while watching: give --watch, too.');
  if (out !== undefined && !watch) throw new UsageError('--out saves what came of the goal: give --watch, too.');
  if (watch && rest['dry-run'])
    throw new UsageError('A dry run stores nothing that could be watched: leave out --watch.');
  const { url, key, json, priority, playbooks, help } = rest;
  return {
    description: positionals[0],
    files: file,
    parameters: param,
    dryRun: rest['dry-run'],
    plan,
    playbook,
    watch,
    yes,
    out,
    url,
    key,
    json,
    priority,
    playbooks,
    help,
  };
}

function quoted(texts: readonly string[]): string {
  return texts.map((text) => `"${text}"`).join(', ');
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: true,
      options: {
        file: { type: 'string', multiple: true, default: [] },
        playbook: { type: 'string' },
        param: { type: 'string', multiple: true, default: [] },
        plan: { type: 'string' },
        priority: { type: 'string' },
        watch: { type: 'boolean', short: 'w', default: false },
        yes: { type: 'boolean', short: 'y', default: false },
        out: { type: 'string' },
        'dry-run': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        playbooks: { type: 'boolean', default: false },
        url: { type: 'string' },
        key: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(`${error.message.split('. ')[0]}. See npm run goal -- --help`);
    throw error;
  }
}
