import { readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { makeInput } from '../demo/data/inputs.ts';
import { UsageError } from './errors.ts';
import { visible } from './text.ts';
import type { Json, JsonObject } from './wire.ts';

/** A file of this machine, and where it will be in the goal's workspace. */
export interface InputFile {
  readonly path: string;
  readonly content: Buffer<ArrayBuffer>;
}

/** A goal as it will be submitted, apart from its files. */
export interface GoalDraft {
  readonly body: JsonObject;
  readonly files: readonly InputFile[];
}

export interface GoalFile extends GoalDraft {
  /** What the demo has to know about the goal; the server does not get it. */
  readonly demo: JsonObject | undefined;
}

const FIELDS = new Set([
  'description',
  'plan',
  'playbook',
  'files',
  'context',
  'priority',
  'deadline',
  'on_failure',
  'budget',
  'demo',
]);

/**
 * Reads a goal from a JSON file: a plan alone (`{"tasks": […]}`), or a whole goal as `POST /api/v1/goals` takes it.
 * Beyond that, `{"$text": "code.js"}` stands for the text of a file, and `files` may name one by `from`, both relative
 * to the goal's file, or an input that is made on the spot by `made`. Throws UsageError.
 */
export function readGoalFile(path: string): GoalFile {
  const goal = parseObject(path);
  const whole = isList(goal['tasks']) ? { plan: goal } : goal;
  const unknown = Object.keys(whole).find((name) => !FIELDS.has(name));
  if (unknown !== undefined) {
    throw new UsageError(`${path}: "${visible(unknown)}" is no field of a goal. There are ${[...FIELDS].join(', ')}.`);
  }
  const folder = dirname(resolve(path));
  const { demo, files, ...body } = whole;
  return {
    body: withTexts(body, folder) as JsonObject,
    files: files === undefined ? [] : inputsOf(files, folder, path),
    demo: isObject(demo) ? demo : undefined,
  };
}

function parseObject(path: string): JsonObject {
  const value = parseFile(path);
  if (!isObject(value)) throw new UsageError(`${path} must hold a JSON object.`);
  return value;
}

export function parseFile(path: string): Json {
  try {
    return JSON.parse(readLocal(path).toString()) as Json;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${path} is no JSON: ${error instanceof Error ? error.message : 'it cannot be read'}.`);
  }
}

/** Reads a file of this machine. Throws UsageError. */
export function readLocal(path: string): Buffer<ArrayBuffer> {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'There is no such file' : code === 'EISDIR' ? 'That is a folder' : `${code}`;
    throw new UsageError(`${path}: ${reason}.`);
  }
}

function inputsOf(files: Json, folder: string, goalFile: string): InputFile[] {
  const wrong = (n: number): UsageError =>
    new UsageError(
      `${goalFile}: files.${n} must have "path", and one of "from" (a file here) and "made" (an input that is made).`,
    );
  if (!isList(files)) throw new UsageError(`${goalFile}: files must be a list.`);
  return files.map((file, n) => {
    if (!isObject(file) || typeof file['path'] !== 'string') throw wrong(n);
    const { path, from, made } = file;
    if (typeof from === 'string') return { path, content: readNear(folder, from) };
    const content = typeof made === 'string' ? makeInput(made) : undefined;
    if (!content) throw wrong(n);
    return { path, content: Buffer.from(content) };
  });
}

function withTexts(value: Json, folder: string): Json {
  if (isList(value)) return value.map((item) => withTexts(item, folder));
  if (!isObject(value)) return value;
  const entries = Object.entries(value);
  const [only] = entries;
  if (entries.length === 1 && only?.[0] === '$text' && typeof only[1] === 'string')
    return readNear(folder, only[1]).toString();
  return Object.fromEntries(entries.map(([name, item]) => [name, withTexts(item, folder)]));
}

/** Somebody else's goal file must not send off files that it finds elsewhere on this machine: keys, for instance. */
function readNear(folder: string, path: string): Buffer<ArrayBuffer> {
  const found = resolve(folder, path);
  const content = readLocal(found);
  const real = realpathSync(found);
  if (isAbsolute(path) || !(isBelow(folder, real) || isBelow(process.cwd(), real))) {
    throw new UsageError(
      `${visible(path)}: a goal's file may only name files beside it, or below the folder that you are in. ` +
        `Give ${visible(basename(path))} by --file.`,
    );
  }
  return content;
}

function isBelow(folder: string, path: string): boolean {
  const way = relative(realpathSync(folder), path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !isList(value);
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
