import { type JsonValue, isJsonObject } from '#libs/kernel';

/** Characters of JSON up to which a tame schema needs no watching: its keywords times an output of 1 MiB is little. */
const MAX_LENGTH = 2048;

/** Keywords whose cost is one look at one value, whatever the value. */
const PLAIN = new Set(
  [
    ['$schema', 'title', 'description', 'default', 'examples', 'type', 'const', 'enum', 'required'],
    ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
    ['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'],
  ].flat(),
);

/** Keywords that hold one schema for each part of the value, so that every part is looked at once. */
const ONE_SCHEMA = new Set(['items', 'additionalProperties']);

function isTameKeyword([keyword, value]: [string, JsonValue]): boolean {
  if (PLAIN.has(keyword)) return true;
  if (ONE_SCHEMA.has(keyword)) return isTameSchema(value);
  return keyword === 'properties' && isJsonObject(value) && Object.values(value).every(isTameSchema);
}

function isTameSchema(schema: JsonValue): boolean {
  return typeof schema === 'boolean' || (isJsonObject(schema) && Object.entries(schema).every(isTameKeyword));
}

/**
 * Whether checking by a schema takes time in proportion to the output only: it is short, has no regular expression
 * (`format` is one, too), no reference, no choice and no comparison of entries with each other. Most schemas that
 * people write are like that, and they are spared the watchdog, which costs a hundred times what the check does.
 */
export function isTame(schema: JsonValue, text: string): boolean {
  return text.length <= MAX_LENGTH && isTameSchema(schema);
}
