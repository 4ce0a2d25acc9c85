import { type JsonObject, type JsonValue, isJsonObject } from '#libs/kernel';
import { ToolFailure } from '../tool-failure.js';
import { type Arguments, parameterOf } from './declaration.js';

/** Bytes of arguments that one body may hold: a short template could name a large one thousands of times. */
const MAX_BYTES = 1024 * 1024;

/** Every parameter of a template, with the dotted path of its place. */
export function parametersIn(template: JsonValue, at: string): { readonly name: string; readonly at: string }[] {
  const name = parameterOf(template);
  if (name !== undefined) return [{ name, at }];
  if (typeof template !== 'object' || template === null) return [];
  return Object.entries(template).flatMap(([key, child]) => parametersIn(child, `${at}.${key}`));
}

/** Fills templates of one request. */
export class ValueTemplates {
  private bytes = 0;
  private readonly sizes = new Map<string, number>();

  constructor(private readonly given: Arguments) {}

  /**
   * The value with every parameter replaced. Undefined when the whole stands for an argument that is not given; within
   * it, what stands for one is left out. Throws `invalid_arguments` when it becomes too large.
   */
  fill(template: JsonValue): JsonValue | undefined {
    const name = parameterOf(template);
    if (name !== undefined) return this.take(name);
    if (Array.isArray(template)) {
      return template.map((child: JsonValue) => this.fill(child)).filter((child) => child !== undefined);
    }
    return isJsonObject(template) ? this.fillObject(template) : template;
  }

  private fillObject(template: JsonObject): JsonObject {
    const filled = Object.entries(template).flatMap(([key, child]): [string, JsonValue][] => {
      const value = this.fill(child);
      return value === undefined ? [] : [[key, value]];
    });
    return Object.fromEntries(filled);
  }

  private take(name: string): JsonValue | undefined {
    const value = this.given(name);
    if (value === undefined) return undefined;
    const size = this.sizes.get(name) ?? Buffer.byteLength(JSON.stringify(value));
    this.sizes.set(name, size);
    this.bytes += size;
    if (this.bytes <= MAX_BYTES) return value;
    throw new ToolFailure(
      'invalid_arguments',
      `With \`${name}\` the request would have more than ${MAX_BYTES} bytes. Send less.`,
    );
  }
}
