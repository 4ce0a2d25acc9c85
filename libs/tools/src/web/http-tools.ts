import type { JsonValue } from '#libs/kernel';
import type { Outbound } from '#libs/outbound';
import { z } from 'zod';
import { type Tool, defineTool } from '../tool.js';
import { blockedUrl, webBody, webHeaders, webUrl } from './inputs.js';
import { METHODS, factsOfMethod } from './methods.js';
import { send } from './send.js';

const TIMEOUT_SECONDS = 30;

const output = z.strictObject({
  status: z.number().describe('Of HTTP. 400 and above are results, too: no failure of the call.'),
  headers: z
    .record(z.string(), z.union([z.string(), z.array(z.string()).readonly()]))
    .describe('Names in lower case; `set-cookie` is a list.'),
  body: z
    .custom<JsonValue>((value) => value !== undefined)
    .meta({ description: 'The value of JSON, text of what is text, base64 of anything else.' }),
  encoding: z.literal('base64').exactOptional().describe('Present when `body` is base64.'),
});

/** http_get, http_post and http_request (TOL-2). */
export function httpTools(outbound: Outbound): Tool[] {
  const shared = {
    output,
    timeoutSeconds: TIMEOUT_SECONDS,
    needs: 'web_operations' as const,
    blockedActions: (given: Parameters<typeof blockedUrl>[1]) => blockedUrl(outbound, given),
  };
  const { effect, permissionLevel, risk } = factsOfMethod('POST');
  return [
    defineTool({
      ...shared,
      name: 'http_get',
      description:
        'Requests a URL by GET and returns status, headers and body. JSON is parsed; redirects are followed.',
      input: z.strictObject({ url: webUrl, headers: webHeaders.optional() }),
      permissionLevel: 'READ_ONLY',
      risk: 'LOW',
      // The server sees it.
      effect: 'idempotent',
      execute: (input, context) => send(outbound, { ...input, method: 'GET' }, context),
    }),
    defineTool({
      ...shared,
      name: 'http_post',
      description: 'Sends a body to a URL by POST and returns status, headers and body.',
      input: z.strictObject({ url: webUrl, headers: webHeaders.optional(), body: webBody }),
      permissionLevel,
      risk,
      effect,
      execute: (input, context) => send(outbound, { ...input, method: 'POST' }, context),
    }),
    defineTool({
      ...shared,
      name: 'http_request',
      description: 'Makes a request of any method and returns status, headers and body. DELETE asks a person first.',
      input: z.strictObject({
        method: z.enum(METHODS),
        url: webUrl,
        headers: webHeaders.optional(),
        body: webBody.optional(),
      }),
      permissionLevel: 'READ_WRITE',
      risk: 'HIGH',
      effect: 'non_idempotent',
      action: 'delete',
      factsOf: ({ method }) => factsOfMethod(method),
      execute: (input, context) => send(outbound, input, context),
    }),
  ];
}
