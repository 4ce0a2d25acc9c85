import { readFileSync } from 'node:fs';
import { figure, oneLine } from '../cli/text.ts';
import type { Ended } from '../cli/results.ts';
import type { Json } from '../cli/wire.ts';

/**
 * Puts results into a sentence: `{load.output.value.rows}` is a value of a task, `{report.json:columns.0.sum}` one of a
 * JSON file that was saved, `{report.json:columns.name=amount.sum}` picks the entry of a list whose `name` is that.
 * Where there is no such text or number, the sentence is left out: a goal that failed has none.
 */
export function fillIn(sentence: string, ended: Ended): string | undefined {
  let complete = true;
  const filled = sentence.replace(/\{([^{}]+)\}/g, (_, path: string) => {
    const value = valueAt(path, ended);
    if (typeof value === 'number') return figure(value);
    if (typeof value === 'string') return oneLine(value);
    complete = false;
    return '';
  });
  return complete ? filled : undefined;
}

function valueAt(path: string, { tasks, artifacts }: Ended): Json | undefined {
  const [file, within] = path.split(':');
  if (within !== undefined) {
    const saved = artifacts.find((artifact) => artifact.path === file)?.saved;
    return saved === undefined ? undefined : walk(JSON.parse(readFileSync(saved, 'utf8')) as Json, within.split('.'));
  }
  const task = tasks.find(({ key }) => path.startsWith(`${key}.output.`));
  return task && walk(task.output, path.slice(`${task.key}.output.`.length).split('.'));
}

function walk(from: Json, names: readonly string[]): Json | undefined {
  let value: Json | undefined = from;
  for (const name of names) {
    if (typeof value !== 'object' || value === null) return undefined;
    const [field, wanted] = name.split('=');
    const items: readonly Json[] = Array.isArray(value) ? (value as readonly Json[]) : [];
    value = wanted === undefined ? at(value, name) : items.find((item) => at(item, field ?? '') === wanted);
  }
  return value;
}

function at(value: Json, name: string): Json | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, Json>)[name];
}
