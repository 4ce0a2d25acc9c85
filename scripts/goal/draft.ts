import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { Api } from '../cli/api.ts';
import { UsageError } from '../cli/errors.ts';
import { type GoalDraft, type InputFile, readGoalFile, readLocal } from '../cli/goal-file.ts';
import { type JsonObject, type PlaybookSummary, textOf } from '../cli/wire.ts';
import type { GoalOptions } from './options.ts';
import { readParameters } from './parameters.ts';

/** The goal that the options describe. Throws UsageError. */
export async function draftGoal(options: GoalOptions, api: Api): Promise<GoalDraft> {
  const { description, plan, playbook, priority } = options;
  const file = plan === undefined ? undefined : readGoalFile(plan);
  const chosen = playbook === undefined ? undefined : await choosePlaybook(api, playbook, options.parameters);
  const words =
    description ?? wordsOf(file?.body) ?? (playbook === undefined ? undefined : describe(playbook, options));
  if (words === undefined)
    throw new UsageError('Say what is wanted, e.g. npm run goal -- "Report on sales.csv" --file sales.csv');
  const body = {
    ...file?.body,
    description: words,
    ...(chosen && { playbook: chosen }),
    ...(priority !== undefined && { priority }),
  };
  return { body, files: withoutTwins([...(file?.files ?? []), ...options.files.map(inputFile)]) };
}

/** `path` or `path=name`; a path with an equals sign in it is taken as it is when there is such a file. */
function inputFile(text: string): InputFile {
  const at = text.lastIndexOf('=');
  if (at < 1 || existsSync(text)) return { path: basename(text), content: readLocal(text) };
  if (at === text.length - 1) throw new UsageError(`--file ${text}: a name has to follow the equals sign.`);
  return { path: text.slice(at + 1), content: readLocal(text.slice(0, at)) };
}

/** What is given on the command line comes in place of what the goal's file names. */
function withoutTwins(files: readonly InputFile[]): InputFile[] {
  return [...new Map(files.map((file) => [file.path, file])).values()];
}

async function choosePlaybook(api: Api, name: string, parameters: readonly string[]): Promise<JsonObject> {
  const all = await api.all<PlaybookSummary>('/api/v1/playbooks');
  const found = all.find((playbook) => playbook.name === name);
  if (!found) {
    throw new UsageError(
      `There is no playbook "${name}". There are ${all.map((playbook) => playbook.name).join(', ')}.`,
    );
  }
  return { name, parameters: readParameters(parameters, found.parameters) };
}

function describe(playbook: string, { parameters }: GoalOptions): string {
  return [playbook, ...parameters].join(' ').slice(0, 500);
}

function wordsOf(body: JsonObject | undefined): string | undefined {
  return textOf(body?.['description']) || undefined;
}
