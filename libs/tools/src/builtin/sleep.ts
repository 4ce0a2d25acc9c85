import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { defineTool } from '../tool.js';

const MAX_SECONDS = 3600;

/** Waits. What it waits for is not kept anywhere: after a crash it waits anew. */
export const sleep = defineTool({
  name: 'sleep',
  description: 'Waits for a number of seconds, then returns it.',
  input: z.strictObject({
    seconds: z.number().min(0).max(MAX_SECONDS).describe('How long to wait, in seconds; fractions are fine.'),
  }),
  output: z.strictObject({ seconds: z.number() }),
  permissionLevel: 'READ_ONLY',
  risk: 'LOW',
  effect: 'pure',
  timeoutSeconds: MAX_SECONDS + 60,
  execute: async ({ seconds }, { signal }) => {
    await wait(seconds * 1000, undefined, { signal });
    return { seconds };
  },
});
