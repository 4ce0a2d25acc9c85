import { UsageError } from '../cli/errors.ts';
import { parseFile, readLocal } from '../cli/goal-file.ts';
import type { Json, JsonObject } from '../cli/wire.ts';

/**
 * Parameters of a playbook as they were given on the command line, each read as the type that the playbook's JSON
 * Schema declares. Whether they are right the server judges; this only has to know what is a number. Throws UsageError.
 */
export function readParameters(given: readonly string[], schema: JsonObject): JsonObject {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, JsonObject>>;
  const values: Record<string, Json> = {};
  for (const text of given) {
    const at = text.indexOf('=');
    const name = text.slice(0, at);
    if (at < 1) throw new UsageError(`--param ${text}: write it as name=value.`);
    if (!Object.hasOwn(properties, name)) {
      throw new UsageError(`There is no parameter "${name}". There are ${Object.keys(properties).join(', ')}.`);
    }
    if (Object.hasOwn(values, name))
      throw new UsageError(`--param ${name} is given twice; a list is written as a,b,c.`);
    values[name] = valueOf(name, text.slice(at + 1), typesOf(properties[name]));
  }
  return values;
}

function typesOf(schema: JsonObject | undefined): readonly string[] {
  const type = schema?.['type'];
  if (typeof type === 'string') return [type];
  return Array.isArray(type) ? (type as readonly string[]) : [];
}

function valueOf(name: string, text: string, types: readonly string[]): Json {
  if (text.startsWith('@')) {
    const path = text.slice(1);
    return types.includes('string') ? readLocal(path).toString() : parseFile(path);
  }
  for (const type of types) {
    const value = READERS[type]?.(text);
    if (value !== undefined) return value;
  }
  if (types.length === 0) return jsonOf(text) ?? text;
  throw new UsageError(`--param ${name}: "${text}" is no ${types.map((type) => WORDS[type] ?? type).join(' or ')}.`);
}

const READERS: Readonly<Record<string, (text: string) => Json | undefined>> = {
  string: (text) => text,
  integer: (text) => (/^[+-]?\d{1,15}$/.test(text) ? Number(text) : undefined),
  number: (text) => (text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined),
  boolean: (text) => (/^(true|yes)$/i.test(text) ? true : /^(false|no)$/i.test(text) ? false : undefined),
  array: (text) => {
    if (!text.startsWith('[')) return text === '' ? [] : text.split(',').map((item) => item.trim());
    const value = jsonOf(text);
    return Array.isArray(value) ? value : undefined;
  },
  object: (text) => {
    const value = jsonOf(text);
    return typeof value === 'object' && !Array.isArray(value) ? value : undefined;
  },
  null: (text) => (text === 'null' ? null : undefined),
};

const WORDS: Readonly<Record<string, string>> = {
  integer: 'whole number',
  number: 'number',
  boolean: 'true or false',
  array: 'list (a,b,c or JSON)',
  object: 'JSON object',
};

function jsonOf(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
