import { type JsonObject, type JsonValue, excerpt, isJsonObject } from '#libs/kernel';
import { MAX_KEY_LENGTH } from './plan.js';

/** A `$ref` in a task's arguments: where it stands and which result it means. */
export interface Reference {
  /** Dotted path of the `$ref` within the arguments. */
  readonly at: string;
  /** The text as written. */
  readonly text: string;
  /** Key of the task whose output is meant; undefined when no task of the plan fits. */
  readonly task: string | undefined;
  /** Path into that output. */
  readonly path: readonly string[];
}

/** Whether the value stands for another one: an object whose only key is the marker. */
function marked(value: JsonValue, marker: '$ref' | '$literal'): value is JsonObject {
  if (!isJsonObject(value) || !Object.hasOwn(value, marker)) return false;
  return Object.keys(value).length === 1;
}

/**
 * Splits `load.output.rows.0` into the task and the path. Task ids may hold dots and even the word `output`, so the
 * longest known id that is followed by `.output` wins. Only as much is looked at as an id may be long: a text of nothing
 * but `.output.output…` would else cost the square of its length.
 */
function parseReference(text: string, isTask: (key: string) => boolean): Pick<Reference, 'task' | 'path'> {
  for (let end = text.lastIndexOf('.output', MAX_KEY_LENGTH); end > 0; end = text.lastIndexOf('.output', end - 1)) {
    const rest = text.slice(end + '.output'.length);
    const key = text.slice(0, end);
    if ((rest === '' || rest.startsWith('.')) && isTask(key)) {
      return { task: key, path: rest === '' ? [] : rest.slice(1).split('.') };
    }
  }
  return { task: undefined, path: [] };
}

/** Every reference in the arguments, in the order in which they stand. What is inside `$literal` is not looked at. */
export function findReferences(value: JsonValue, isTask: (key: string) => boolean): Reference[] {
  const found: Reference[] = [];
  collect(value, '', isTask, found);
  return found;
}

function collect(value: JsonValue, at: string, isTask: (key: string) => boolean, found: Reference[]): void {
  if (typeof value !== 'object' || value === null || marked(value, '$literal')) return;
  if (marked(value, '$ref')) {
    const text = value['$ref'];
    const here = at === '' ? '$ref' : `${at}.$ref`;
    // Anything but a text there is told by the check of the arguments.
    if (typeof text === 'string') found.push({ at: here, text, ...parseReference(text, isTask) });
    return;
  }
  for (const [key, child] of Object.entries(value)) collect(child, at === '' ? key : `${at}.${key}`, isTask, found);
}

/** Arguments whose references cannot be replaced. The code is that of the task's failure. */
export class MissingReference extends Error {
  override readonly name = 'MissingReference';
  constructor(
    text: string,
    missing: string,
    readonly code: 'ref_missing' | 'invalid_arguments' = 'ref_missing',
  ) {
    super(`"${excerpt(text)}" cannot be replaced: there is no ${missing}.`);
  }
}

/**
 * The arguments with every reference replaced by the value that it means, and every `$literal` by its content.
 * Arguments without either are given back as they are, uncopied. Throws MissingReference.
 */
export function resolveReferences(
  value: JsonValue,
  isTask: (key: string) => boolean,
  outputOf: (key: string) => JsonValue | undefined,
): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  if (marked(value, '$literal')) return value['$literal'] as JsonValue;
  if (marked(value, '$ref')) {
    const text = typeof value['$ref'] === 'string' ? value['$ref'] : JSON.stringify(value['$ref']);
    const { task, path } = parseReference(text, isTask);
    const output = task === undefined ? undefined : outputOf(task);
    if (output === undefined)
      throw new MissingReference(text, `output of ${task === undefined ? 'such a task' : `"${task}"`}`);
    return follow(output, path, text);
  }
  let changed = false;
  const replace = (child: JsonValue): JsonValue => {
    const replaced = resolveReferences(child, isTask, outputOf);
    changed ||= replaced !== child;
    return replaced;
  };
  const copy: JsonValue = Array.isArray(value)
    ? value.map(replace)
    : Object.fromEntries(Object.entries(value).map(([key, child]) => [key, replace(child)]));
  return changed ? copy : value;
}

function follow(output: JsonValue, path: readonly string[], text: string): JsonValue {
  let here: JsonValue = output;
  for (const step of path) {
    const holder: object | undefined = typeof here === 'object' && here !== null ? here : undefined;
    if (!holder || !Object.hasOwn(holder, step) || (Array.isArray(holder) && step === 'length')) {
      throw new MissingReference(text, `"${excerpt(step)}" in that output`);
    }
    here = (holder as Record<string, JsonValue>)[step] as JsonValue;
  }
  return here;
}
