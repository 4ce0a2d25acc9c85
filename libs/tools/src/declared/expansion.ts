import { type JsonObject, type JsonValue, isJsonObject } from '#libs/kernel';
import type { Tool } from '../tool.js';
import { ToolFailure } from '../tool-failure.js';
import { type Arguments, type HttpTemplate, type ToolDeclaration, argumentsOf } from './declaration.js';
import { textOf } from './pieces.js';
import { UrlTemplate } from './url-template.js';
import { ValueTemplates } from './value-template.js';

/** How a call of a declared tool becomes one of a built-in tool. */
export interface Expansion {
  /** Name of the built-in tool. */
  readonly base: string;
  /** The built-in tool's arguments as far as the gate needs and can know them; references may still stand in `given`. */
  sketch(given: JsonObject): JsonObject;
  /** The built-in tool's arguments. Throws `invalid_arguments`. */
  expand(given: JsonObject): JsonObject;
  /** What of the built-in tool's output is the output. */
  outputOf(output: JsonValue): JsonValue;
  /** JSON Schema of that. */
  outputSchema(base: Tool): JsonObject;
}

/** The expansion of a declaration; throws a TypeError for one that `declarationIssues` would have refused. */
export function expansionOf({ http, javascript }: ToolDeclaration): Expansion {
  if (http !== undefined) return httpExpansion(http);
  if (javascript !== undefined) return codeExpansion(javascript.code);
  throw new TypeError('the declaration says not what the tool does');
}

function httpExpansion({ method, url, headers = {}, body }: HttpTemplate): Expansion {
  const template = UrlTemplate.parse(url);
  if (typeof template === 'string') throw new TypeError(`the URL of the declaration ${template}`);
  return {
    base: 'http_request',
    sketch: (given) => ({ method, url: sketchUrl(template, given) }),
    expand: (given) => {
      const values = argumentsOf(given);
      const filled = body === undefined ? undefined : new ValueTemplates(values).fill(body);
      return {
        method,
        url: template.expand(values),
        headers: headersOf(headers, values),
        ...(filled === undefined ? {} : { body: filled }),
      };
    },
    outputOf: (output) => output,
    outputSchema: (base) => base.output.jsonSchema,
  };
}

/** The URL as far as it is known: its host always is, and nothing else bears on whether it may be reached. */
function sketchUrl(template: UrlTemplate, given: JsonObject): string {
  try {
    return template.expand(argumentsOf(given));
  } catch {
    return template.home;
  }
}

function headersOf(templates: NonNullable<HttpTemplate['headers']>, given: Arguments): Record<string, string> {
  const headers = Object.entries(templates).flatMap(([name, template]): [string, string][] => {
    const value = new ValueTemplates(given).fill(template);
    if (value === undefined) return [];
    try {
      return [[name, textOf(name, value)]];
    } catch {
      throw new ToolFailure('invalid_arguments', `The header \`${name}\` must be text, a number, true or false.`);
    }
  });
  return Object.fromEntries(headers);
}

function codeExpansion(code: string): Expansion {
  return {
    base: 'execute_javascript',
    sketch: (given) => ({ code, input: given }),
    expand: (given) => ({ code, input: given }),
    outputOf: (output) => (isJsonObject(output) ? (output['value'] ?? null) : null),
    // Whatever the last expression gives.
    outputSchema: () => ({}),
  };
}
