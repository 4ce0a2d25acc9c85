import { type JsonObject, type JsonValue, isJsonObject } from '#libs/kernel';
import type { ApprovalAction, Effect, PermissionLevel, Risk } from '../tool.js';
import type { Method } from '../web/methods.js';

/** Stands for an argument of the call in headers and bodies: an object whose only key this is. */
const PARAMETER_KEY = '$param';

/** A request with places for the arguments of a call. */
export interface HttpTemplate {
  readonly method: Method;
  /** `{name}` in the path or the query stands for an argument, percent-encoded. */
  readonly url: string;
  /** Each value is text, or `{"$param": "name"}` for the whole of it. */
  readonly headers?: Readonly<Record<string, string | JsonObject>> | undefined;
  /** `{"$param": "name"}` stands for an argument, at any depth. */
  readonly body?: JsonValue | undefined;
}

/**
 * A tool that is declared as data instead of being written in TypeScript: a call of a built-in tool, with arguments that
 * are made of its own. It is somebody's document, so it keeps the names of the wire.
 */
export interface ToolDeclaration {
  readonly name: string;
  readonly description: string;
  /** JSON Schema (draft 2020-12) of an object. */
  readonly input_schema: JsonObject;
  /** JSON Schema (draft 2020-12); that of the built-in tool otherwise. */
  readonly output_schema?: JsonObject | undefined;
  readonly permission_level: PermissionLevel;
  readonly risk: Risk;
  readonly effect: Effect;
  readonly timeout_seconds?: number | undefined;
  /** What a person must agree to, beyond what the built-in tool asks anyway. */
  readonly action?: ApprovalAction | undefined;
  /** Exactly one of `http` and `javascript` is there. */
  readonly http?: HttpTemplate | undefined;
  readonly javascript?: { readonly code: string } | undefined;
}

/** The argument that a value stands for, or undefined when it stands for itself. */
export function parameterOf(value: JsonValue): string | undefined {
  if (!isJsonObject(value) || Object.keys(value).length !== 1) return undefined;
  const name = value[PARAMETER_KEY];
  return typeof name === 'string' ? name : undefined;
}

/** The argument of a call under a name; undefined when it is not given. */
export type Arguments = (name: string) => JsonValue | undefined;

export function argumentsOf(given: JsonObject): Arguments {
  return (name) => (Object.hasOwn(given, name) ? given[name] : undefined);
}
