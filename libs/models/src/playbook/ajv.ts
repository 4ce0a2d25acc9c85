import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { JsonObject } from '#libs/kernel';
import { isWorkspacePath } from '../phrases/places.js';

const DATE = /^\d{4}-\d\d-\d\d$/;

/** The calendar has it: 30 February becomes a day of March, or none. */
function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** The formats that parameters may name. Each looks at a text once. */
export const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  'workspace-path': isWorkspacePath,
  'workspace-folder': isWorkspacePath,
  url: (text) => /^https?:\/\//i.test(text) && URL.canParse(text),
  date: (text) => DATE.test(text) && isDay(text),
};

/**
 * A schema as a function. Only schemas that were held against parameter-schema.ts or are our own come here: they have
 * no expression, reference or choice, so a check takes time in proportion to the value. Each has an Ajv of its own, so
 * that nothing of it stays.
 */
export function compile<Value>(schema: JsonObject): ValidateFunction<Value> {
  const ajv = new Ajv2020({
    strict: false,
    logger: false,
    allErrors: true,
    useDefaults: true,
    ownProperties: true,
    meta: false,
    validateSchema: false,
    formats: { ...FORMATS },
  });
  return ajv.compile<Value>(schema);
}
