import { type JsonObject, isJsonObject } from '#libs/kernel';
import { z } from 'zod';
import { defineTool } from '../tool.js';

const anyObject = z.custom<JsonObject>(isJsonObject).meta({ type: 'object' });

/** Returns its arguments. On the engine's shortest path, so it never waits and copies nothing but the outer object. */
export const echo = defineTool({
  name: 'echo',
  description: 'Returns its arguments unchanged. Use it to join results of other tasks into one.',
  input: z.looseObject({}),
  output: anyObject,
  permissionLevel: 'READ_ONLY',
  risk: 'LOW',
  effect: 'pure',
  timeoutSeconds: 10,
  // The arguments were parsed from JSON, so that is what the loose object holds.
  execute: (input) => input as JsonObject,
});
