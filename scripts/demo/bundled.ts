import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UsageError } from '../cli/errors.ts';
import { type GoalDraft, readGoalFile } from '../cli/goal-file.ts';
import { type JsonObject, textOf } from '../cli/wire.ts';

const FOLDER = join(import.meta.dirname, '../../examples/goals');

/** An end that counts as right. */
export interface Outcome {
  readonly state: string;
  /** Code of the goal's error or of one of its tasks' errors. */
  readonly error?: string;
  /** Only when a person (or `--yes`) refused something. */
  readonly refused?: boolean;
  /** In a word or two, where "completed" or "failed" says too little. */
  readonly says?: string;
}

export interface BundledGoal extends GoalDraft {
  readonly name: string;
  readonly title: string;
  /** A sentence with places for results, or none: see `fillIn`. */
  readonly shows: string;
  readonly outcomes: readonly Outcome[];
  /** What `--yes` answers. */
  readonly answer: 'approve' | 'reject';
}

/** The goals of examples/goals in the order of their numbers; `only` picks some by name. Throws UsageError. */
export function bundledGoals(only: readonly string[] = []): BundledGoal[] {
  const all = globSync('*.json', { cwd: FOLDER })
    .toSorted()
    .map((file) => bundledGoal(join(FOLDER, file)));
  const unknown = only.find((name) => all.every((goal) => goal.name !== name));
  if (unknown !== undefined) {
    throw new UsageError(`There is no bundled goal "${unknown}". There are ${all.map(({ name }) => name).join(', ')}.`);
  }
  return only.length === 0 ? all : all.filter(({ name }) => only.includes(name));
}

function bundledGoal(path: string): BundledGoal {
  const { body, files, demo = {} } = readGoalFile(path);
  return {
    name: basename(path, '.json').replace(/^\d+-/, ''),
    title: textOf(demo['title']),
    body,
    files,
    shows: textOf(demo['shows']),
    outcomes: (demo['outcomes'] as readonly (Outcome & JsonObject)[] | undefined) ?? [{ state: 'COMPLETED' }],
    answer: demo['answer'] === 'reject' ? 'reject' : 'approve',
  };
}
