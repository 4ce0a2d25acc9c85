import type { JsonValue } from '#libs/kernel';
import type { Outbound, OutboundResponse, ResponseHeaders } from '#libs/outbound';
import type { ToolContext } from '../tool.js';
import { ToolFailure, afterTheCall } from '../tool-failure.js';
import { toolFailureOf } from './failures.js';
import { type Method, factsOfMethod, takesBody } from './methods.js';
import { type SentBody, sentBody } from './request-body.js';
import { type OutputBody, outputBody } from './response-body.js';

/** Bytes of JSON that an output may have. */
const MAX_OUTPUT_BYTES = 1024 * 1024;

/** The time of a call is the task's: the runner ends it by its signal. A task has at most an hour. */
export const CLIENT_TIMEOUT_MS = 3_600_000;

export interface WebRequest {
  readonly method: Method;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: JsonValue | undefined;
}

export type WebResponse = { readonly status: number; readonly headers: ResponseHeaders } & OutputBody;

function withDefaults(
  given: Readonly<Record<string, string>>,
  defaults: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const names = new Set(Object.keys(given).map((name) => name.toLowerCase()));
  const missing = Object.entries(defaults).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !names.has(entry[0]),
  );
  return { ...given, ...Object.fromEntries(missing) };
}

function bodyOf({ method, headers = {}, body }: WebRequest): SentBody | undefined {
  if (body === undefined) return undefined;
  if (!takesBody(method)) {
    throw new ToolFailure(
      'invalid_arguments',
      `\`body\` is not sent with ${method}: leave it out, or use another method.`,
    );
  }
  const given = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type');
  return sentBody(body, given?.[1]);
}

function outputOf({ status, headers, body }: OutboundResponse): WebResponse {
  const type = headers['content-type'];
  const response = { status, headers, ...outputBody(body, typeof type === 'string' ? type : undefined) };
  const bytes = Buffer.byteLength(JSON.stringify(response));
  if (bytes <= MAX_OUTPUT_BYTES) return response;
  throw new ToolFailure(
    'response_too_large',
    `As the output of a task the response has ${bytes} bytes, and ${MAX_OUTPUT_BYTES} is the limit. ` +
      'Ask for less: a page, a filter, fewer fields, or a part by a `Range` header.',
  );
}

/** Makes a request; any status is a response. Throws a ToolFailure when there is none, or none that can be an output. */
export async function send(outbound: Outbound, request: WebRequest, context: ToolContext): Promise<WebResponse> {
  const body = bodyOf(request);
  const repeatable = context.repeatable !== false && factsOfMethod(request.method).effect !== 'non_idempotent';
  const headers = withDefaults(request.headers ?? {}, {
    'content-type': body?.type,
    // Servers that honour it recognise a repetition (draft-ietf-httpapi-idempotency-key-header).
    'idempotency-key': repeatable ? undefined : context.idempotencyKey,
  });
  // Until a connection stands, nobody outside has seen anything of it.
  context.touches?.(false);
  const onConnected = (): void => context.touches?.(true);
  const { method, url } = request;
  try {
    const options = { signal: context.signal, onConnected, timeoutMs: CLIENT_TIMEOUT_MS, maxBytes: MAX_OUTPUT_BYTES };
    const sent = body === undefined ? {} : { body: body.text };
    const response = await outbound.fetch(url, { method, headers, ...sent, ...options });
    return repeatable ? outputOf(response) : afterTheCall(() => outputOf(response));
  } catch (error) {
    throw toolFailureOf(error, repeatable);
  }
}
