import { createHash } from 'node:crypto';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import { type InputIssue, type JsonObject, type JsonValue, isJsonObject } from '#libs/kernel';
import { Dialect, compileIssue, compileSchema, issuesOf } from './compiled-schema.js';
import { isTame } from './tame.js';
import { runLimited } from './time-limit.js';

/** Characters of JSON that a schema may have. */
const MAX_SCHEMA_LENGTH = 64 * 1024;

export interface SchemaCheckerOptions {
  /** Milliseconds for compiling a schema, and again for each check: the thread stands still for so long at most. */
  readonly timeLimit?: number;
  /** Compiled schemas that are kept. */
  readonly cacheSize?: number;
}

type Compiled =
  | { readonly ok: true; readonly validate: ValidateFunction; readonly tame: boolean }
  | { readonly ok: false; readonly issues: InputIssue[] };

const refused = (path: string, message: string): { readonly ok: false; readonly issues: InputIssue[] } => ({
  ok: false,
  issues: [{ path, message }],
});

/**
 * Checks outputs against the JSON Schemas (draft 2020-12) that people declare with their tasks. A schema is a small
 * program by someone we do not know: its size is bounded, so is the time that it and its regular expressions get,
 * and it can refer to nothing outside of itself.
 */
export class SchemaChecker {
  private readonly timeLimit: number;
  private readonly cacheSize: number;
  private dialect: Dialect | undefined;
  /** By the hash of the schema's text, the least recently used first. */
  private readonly cache = new Map<string, Compiled>();

  constructor(options: SchemaCheckerOptions = {}) {
    this.timeLimit = options.timeLimit ?? 250;
    this.cacheSize = options.cacheSize ?? 256;
  }

  /** What is wrong with a schema; the paths are relative to it, `''` is the whole. */
  validateSchema(schema: JsonValue): InputIssue[] {
    const compiled = this.compiled(schema);
    return compiled.ok ? [] : compiled.issues;
  }

  /** What is wrong with an output; the paths are relative to it, `''` is the whole. Empty when it fits. */
  check(schema: JsonValue, output: JsonValue): InputIssue[] {
    const compiled = this.compiled(schema);
    if (!compiled.ok) return compiled.issues.map(({ message }) => ({ path: '', message: `The schema ${message}` }));
    if (compiled.tame) return issuesOf(compiled.validate, output);
    const run = runLimited(this.timeLimit, () => issuesOf(compiled.validate, output));
    if (run.ended === 'normally') return run.result;
    // An error: a schema that refers to itself without getting further runs out of stack.
    const message =
      run.ended === 'late'
        ? this.tooSlow('could not be checked')
        : 'could not be checked: the schema goes round in circles or too deep.';
    return [{ path: '', message }];
  }

  private compiled(schema: JsonValue): Compiled {
    if (!isJsonObject(schema) && typeof schema !== 'boolean') return refused('', 'must be a JSON Schema: an object.');
    let text: string;
    try {
      text = JSON.stringify(schema);
    } catch {
      return refused('', 'is nested too deep: make it flatter.');
    }
    if (text.length > MAX_SCHEMA_LENGTH) {
      return refused('', `must have at most ${MAX_SCHEMA_LENGTH} characters of JSON.`);
    }
    const key = createHash('sha256').update(text).digest('base64');
    const compiled = this.cache.get(key) ?? this.compile(schema, text);
    // Running out of time may be the machine's fault, so it is not remembered against the schema.
    if (compiled !== undefined) this.keep(key, compiled);
    return compiled ?? refused('', this.tooSlow('cannot be compiled'));
  }

  private keep(key: string, compiled: Compiled): void {
    this.cache.delete(key);
    this.cache.set(key, compiled);
    const [oldest] = this.cache.keys();
    if (this.cache.size > this.cacheSize && oldest !== undefined) this.cache.delete(oldest);
  }

  /** Undefined when the time is over. */
  private compile(schema: JsonObject | boolean, text: string): Compiled | undefined {
    const dialect = (this.dialect ??= new Dialect());
    const run = runLimited(this.timeLimit, (): Compiled => {
      const issues = dialect.issuesOf(schema);
      if (issues.length > 0) return { ok: false, issues };
      return { ok: true, validate: compileSchema(schema), tame: isTame(schema, text) };
    });
    if (run.ended === 'normally') return run.result;
    if (run.ended === 'error') return { ok: false, issues: [compileIssue(run.error)] };
    // What was interrupted in the middle may be left half done.
    this.dialect = undefined;
    return undefined;
  }

  private tooSlow(what: string): string {
    return `${what} within ${this.timeLimit} ms: use a simpler schema, above all simpler \`pattern\`s.`;
  }
}
