import type { JsonObject, JsonValue } from '#libs/kernel';
import type { Plan } from '#libs/orchestration';
import { TABLE_CODE } from './table-code.js';

/** What a step works on: the result of an earlier one, or a file. */
export interface Source {
  /** What the code of table-code.ts takes as its `source`. */
  readonly source: JsonObject;
  /** Files that the code must be given. */
  readonly files: readonly string[];
  /** A reference to plain text, where the result is that. */
  readonly text?: JsonValue;
}

/** The name that what a command prints has: it may be of any form. */
export const COMMAND_OUTPUT = 'output.txt';

type Task = Plan['tasks'][number];

const ref = (path: string): JsonObject => ({ $ref: path });

/** The plan as it grows, step by step. Steps run one after the other: that is what a list of steps means. */
export class Draft {
  readonly tasks: Task[] = [];
  private step = 0;
  /** The latest result; steps that only change files leave it. */
  result: Source | undefined;

  /** Begins the next step. */
  next(): void {
    this.step += 1;
  }

  /** Adds a task and gives its id. */
  add(tool: string, given: JsonObject, more: { title?: string; check?: Task['check']; part?: string } = {}): string {
    const { part, ...said } = more;
    const id = part === undefined ? `step-${this.step}` : `step-${this.step}-${part}`;
    const before = this.tasks.at(-1)?.id;
    this.tasks.push({ id, tool, arguments: given, ...said, ...(before !== undefined && { depends_on: [before] }) });
    return id;
  }

  /** Adds a task whose output holds plain text. */
  text(tool: string, given: JsonObject, field: string, name: string): void {
    const text = ref(`${this.add(tool, given)}.output.${field}`);
    this.result = { source: { kind: 'text', name, text }, files: [], text };
  }

  /** Adds a task whose output holds text, or the value of JSON: only code can tell. */
  body(tool: string, given: JsonObject, field: string, name: string): void {
    const text = ref(`${this.add(tool, given)}.output.${field}`);
    this.result = { source: { kind: 'text', name, text }, files: [] };
  }

  /** Adds a task whose output is data. */
  data(tool: string, given: JsonObject, field = ''): void {
    const path = `${this.add(tool, given)}.output`;
    this.result = { source: { kind: 'value', value: ref(field === '' ? path : `${path}.${field}`) }, files: [] };
  }

  /** Adds a computation; gives the path of its value. */
  compute(input: JsonObject, from: Source, more: { check?: Task['check']; part?: string } = {}): string {
    const given = { code: TABLE_CODE, input: { ...input, source: from.source } };
    const files = from.files.length === 0 ? {} : { files: from.files };
    return `${this.add('execute_javascript', { ...given, ...files }, more)}.output.value`;
  }

  /** Adds a computation whose value is the new result. */
  computed(input: JsonObject, from: Source): void {
    this.result = { source: { kind: 'value', value: ref(this.compute(input, from)) }, files: [] };
  }
}

/** A file as what a step works on; it is read where the code runs, so it may be larger than an output. */
export const fileSource = (path: string): Source => ({ source: { kind: 'file', path }, files: [path] });
