import { type JsonObject, type JsonValue, isJsonObject } from '#libs/kernel';
import type { Plan } from '#libs/orchestration';
import { BUILTIN_PLAYBOOKS } from '../library/builtin.js';
import { completeParameters } from '../playbook/parameters.js';
import type { Playbook } from '../playbook/playbook.js';
import { fillPlan } from '../playbook/template.js';
import { runCode } from './quickjs.js';

/** What a plan is run in: files, and the outputs of tasks whose tools are not there. */
export interface World {
  readonly files?: Record<string, string>;
  readonly outputs?: Readonly<Record<string, JsonValue>>;
}

export interface Ran {
  /** Files that were written, by path. */
  readonly written: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, JsonValue>>;
}

function resolve(value: JsonValue, outputs: Readonly<Record<string, JsonValue>>): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => resolve(item, outputs));
  if (!isJsonObject(value)) return value;
  if (value['$literal'] !== undefined) return value['$literal'];
  const { $ref: text } = value;
  if (typeof text !== 'string') {
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, resolve(child, outputs)]));
  }
  const [task, path = ''] = text.split('.output');
  let here = outputs[task ?? ''];
  for (const step of path.split('.').slice(1)) here = isJsonObject(here) ? here[step] : undefined;
  if (here === undefined) throw new Error(`${text} leads nowhere`);
  return here;
}

/** Runs a plan in order, its code in the real interpreter and its files in memory. */
export async function runPlan(plan: Plan, world: World): Promise<Ran> {
  const files: Record<string, string> = { ...world.files };
  const made: Record<string, string> = {};
  const outputs: Record<string, JsonValue> = {};
  for (const task of plan.tasks) {
    const given = resolve(task.arguments ?? {}, outputs) as JsonObject;
    const path = typeof given['path'] === 'string' ? given['path'] : '';
    const known = world.outputs?.[task.id] ?? world.outputs?.[task.tool];
    if (known !== undefined) outputs[task.id] = known;
    else if (task.tool === 'execute_javascript') {
      const names = (given['files'] ?? []) as string[];
      const texts = Object.fromEntries(names.map((name) => [name, files[name] ?? '']));
      outputs[task.id] = { value: await runCode(given['code'] as string, given['input'] ?? null, texts) };
    } else if (task.tool === 'write_file') {
      files[path] = made[path] = given['content'] as string;
      outputs[task.id] = { path };
    } else if (task.tool === 'read_file') outputs[task.id] = { content: files[path] ?? '' };
    else outputs[task.id] = given;
  }
  return { written: made, outputs };
}

export function builtin(name: string): Playbook {
  const playbook = BUILTIN_PLAYBOOKS.find((each) => each.name === name);
  if (!playbook) throw new Error(`There is no playbook ${name}`);
  return playbook;
}

/** Runs a built-in playbook. */
export async function runPlaybook(name: string, parameters: JsonObject, world: World): Promise<Ran> {
  const playbook = builtin(name);
  return runPlan(fillPlan(playbook, completeParameters(playbook, parameters)), world);
}

/** A file that was written, as JSON. */
export function written(ran: Ran, path: string): unknown {
  return JSON.parse(ran.written[path] ?? 'null');
}
