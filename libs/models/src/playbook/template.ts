import { type InputIssue, type JsonObject, type JsonValue, excerpt, isJsonObject } from '#libs/kernel';
import type { Plan } from '#libs/orchestration';
import type { Playbook, PlaybookTask } from './playbook.js';

const MARKER = '$param';
/** What the engine reads in arguments. */
const ENGINE_MARKERS = ['$ref', '$literal'] as const;

/** Arguments that are code: a parameter in them would be a program that the goal's description has written. */
const CODE_ARGUMENTS = new Set(['code']);
/** After these, an argument of a program is code: `sh -c …`, `node -e …`. */
const CODE_FLAGS = /^(-[a-z]*[ceE]|--(eval|exec|command|execute|print)|-p)$/;

function onlyKey(value: JsonValue): string | undefined {
  if (!isJsonObject(value)) return undefined;
  const [key, ...more] = Object.keys(value);
  return more.length === 0 ? key : undefined;
}

const isMarked = (value: JsonValue, marker: string): value is JsonObject => onlyKey(value) === marker;

/** Whether the engine would find a reference or a literal in it. */
function holdsMarker(value: JsonValue): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (ENGINE_MARKERS.some((marker) => isMarked(value, marker))) return true;
  return Object.values(value).some(holdsMarker);
}

/** Stands for a parameter that was not given and has no default: the key or entry around it is left out. */
const LEFT_OUT = Symbol('left out');

function substitute(value: JsonValue, parameters: JsonObject, quote: boolean): JsonValue | typeof LEFT_OUT {
  if (typeof value !== 'object' || value === null || isMarked(value, '$literal')) return value;
  if (isMarked(value, MARKER)) {
    const name = value[MARKER];
    const given = typeof name === 'string' && Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (given === undefined) return LEFT_OUT;
    // What somebody gives is data. Without this, `{"$ref": …}` in it would read the results of tasks.
    return quote && holdsMarker(given) ? { $literal: given } : given;
  }
  if (Array.isArray(value)) {
    return value.map((item: JsonValue) => substitute(item, parameters, quote)).filter((item) => item !== LEFT_OUT);
  }
  const entries = Object.entries(value).flatMap(([key, child]): [string, JsonValue][] => {
    const filled = substitute(child, parameters, quote);
    return filled === LEFT_OUT ? [] : [[key, filled]];
  });
  return Object.fromEntries(entries);
}

function replaced(value: JsonObject, parameters: JsonObject, quote: boolean): JsonObject {
  const result = substitute(value, parameters, quote);
  return result !== LEFT_OUT && isJsonObject(result) ? result : {};
}

function taskOf({ arguments: given, check, ...task }: PlaybookTask, parameters: JsonObject): Plan['tasks'][number] {
  return {
    ...task,
    ...(given && { arguments: replaced(given, parameters, true) }),
    // References mean nothing in a check.
    ...(check && { check: checkOf(replaced(check, parameters, false)) }),
  };
}

/** A check as the core takes it; document.ts has seen that it is exactly one of the three. */
function checkOf({ schema, expression, command }: JsonObject): Plan['tasks'][number]['check'] {
  if (schema !== undefined) return { schema };
  if (typeof expression === 'string') return { expression };
  return { command: Array.isArray(command) ? command.map(String) : [] };
}

/** The plan with every `$param` replaced. The parameters are complete and checked. */
export function fillPlan(playbook: Playbook, parameters: JsonObject): Plan {
  return { tasks: playbook.plan.tasks.map((task) => taskOf(task, parameters)) };
}

/** What is wrong with the `$param`s of a plan. */
export function templateIssues(tasks: readonly PlaybookTask[], known: ReadonlySet<string>): InputIssue[] {
  const issues: InputIssue[] = [];
  for (const [index, task] of tasks.entries()) {
    const at = `plan.tasks.${index}`;
    collect(task.arguments ?? {}, `${at}.arguments`, known, issues);
    collect(task.check ?? {}, `${at}.check`, known, issues);
    issues.push(...codeIssues(task, at));
  }
  return issues;
}

function collect(value: JsonValue, at: string, known: ReadonlySet<string>, issues: InputIssue[]): void {
  if (typeof value !== 'object' || value === null || isMarked(value, '$literal')) return;
  if (isMarked(value, '$ref')) {
    if (typeof value['$ref'] !== 'string') issues.push({ path: at, message: '`$ref` is a text: a task and a path.' });
    return;
  }
  if (isMarked(value, MARKER)) {
    const name = value[MARKER];
    if (typeof name !== 'string') issues.push({ path: at, message: '`$param` is the name of a parameter, in text.' });
    else if (!known.has(name)) {
      const choice = known.size === 0 ? 'the playbook has none' : `it has ${[...known].join(', ')}`;
      issues.push({ path: at, message: `There is no parameter \`${excerpt(name)}\`: ${choice}.` });
    }
    return;
  }
  if (Object.hasOwn(value, MARKER)) {
    issues.push({ path: at, message: '`$param` stands alone in its object: move what is beside it.' });
  }
  for (const [key, child] of Object.entries(value)) collect(child, `${at}.${key}`, known, issues);
}

function holdsParameter(value: JsonValue | undefined): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return isMarked(value, MARKER) || Object.values(value).some(holdsParameter);
}

function codeIssues(task: PlaybookTask, at: string): InputIssue[] {
  const message = 'Parameters never become code: hand them over as `input`, or as an argument of their own.';
  const issues: InputIssue[] = [];
  for (const [name, value] of Object.entries(task.arguments ?? {})) {
    if (CODE_ARGUMENTS.has(name) && holdsParameter(value)) issues.push({ path: `${at}.arguments.${name}`, message });
  }
  if (holdsParameter(task.check?.['expression'])) issues.push({ path: `${at}.check.expression`, message });
  for (const [path, command] of [
    [`${at}.arguments.command`, task.arguments?.['command']],
    [`${at}.check.command`, task.check?.['command']],
  ] as const) {
    issues.push(...commandIssues(command, path));
  }
  return issues;
}

/** A parameter may be an argument of a program, but neither the program nor a text that it runs. */
function commandIssues(command: JsonValue | undefined, path: string): InputIssue[] {
  if (!holdsParameter(command)) return [];
  const message = 'A parameter may be an argument of a command, but neither the program nor code after -c or -e.';
  if (!Array.isArray(command)) return [{ path, message }];
  return command.flatMap((item: JsonValue, index): InputIssue[] => {
    const before = command[index - 1] as JsonValue | undefined;
    const runs = index === 0 || (typeof before === 'string' && CODE_FLAGS.test(before));
    return runs && holdsParameter(item) ? [{ path: `${path}.${index}`, message }] : [];
  });
}
