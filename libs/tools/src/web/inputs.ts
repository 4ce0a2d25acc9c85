import type { JsonObject, JsonValue } from '#libs/kernel';
import { type Outbound, checkHeader, checkUrl } from '#libs/outbound';
import { z } from 'zod';
import type { BlockedAction } from '../tool.js';

/** Servers that honour these would do something else than what the gate was asked about. */
const OVERRIDES: ReadonlySet<string> = new Set(['x-http-method', 'x-http-method-override', 'x-method-override']);

export const webUrl = z
  .string()
  .superRefine((text, context) => {
    const message = checkUrl(text);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  })
  .describe('An absolute http or https URL. Only public addresses are reached, and what an operator has opened.');

export const webHeaders = z
  .record(z.string(), z.string())
  .superRefine((headers, context) => {
    for (const [name, value] of Object.entries(headers)) {
      const message = OVERRIDES.has(name.toLowerCase())
        ? 'would change the method: use `http_request` with that method instead.'
        : checkHeader(name, value);
      if (message !== undefined) context.addIssue({ code: 'custom', message, path: [name] });
    }
  })
  .describe('Names and values. Host, Content-Length and what else belongs to the connection is set by the client.');

export const webBody = z
  .custom<JsonValue>((value) => value !== undefined, 'is required: text, or any JSON.')
  .meta({ description: 'Text is sent as it is (text/plain); anything else as JSON (application/json).' });

/** What may never be requested. References that are not resolved yet are looked at once they are. */
export function blockedUrl(outbound: Outbound, { url }: JsonObject): readonly BlockedAction[] {
  const reason = typeof url === 'string' ? outbound.refuses(url) : undefined;
  return reason === undefined ? [] : [{ code: 'address_blocked', argument: 'url', reason }];
}
