import type { Outbound, OutboundResponse } from '#libs/outbound';
import { z } from 'zod';
import { type Tool, type ToolContext, defineTool } from '../tool.js';
import { ToolFailure } from '../tool-failure.js';
import { toolFailureOf } from './failures.js';
import { blockedUrl, webUrl } from './inputs.js';
import { mediaTypeIn, pageText } from './media-types.js';
import { PageReader, type ReadablePage } from './page-reader.js';
import { CLIENT_TIMEOUT_MS } from './send.js';

/** Bytes of HTML that are taken. */
const MAX_BYTES = 2 * 1024 * 1024;
const MAX_TEXT = 200_000;

const HTML = /^(?:text\/html|application\/xhtml\+xml|)$/;
const OTHER_TEXT = /^(?:text\/[\w.+-]+|application\/(?:[\w.-]+\+)?(?:json|xml))$/;

/** Statuses after which the same request may well succeed: RFC 9110, section 15.5.9 and 15.6, RFC 6585 and RFC 8470. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

async function fetchPage(outbound: Outbound, url: string, { signal }: ToolContext): Promise<OutboundResponse> {
  const headers = { accept: 'text/html, application/xhtml+xml, text/*;q=0.8, */*;q=0.1' };
  try {
    return await outbound.fetch(url, { headers, signal, timeoutMs: CLIENT_TIMEOUT_MS, maxBytes: MAX_BYTES });
  } catch (error) {
    throw toolFailureOf(error, true);
  }
}

/** The output has no place for a status, and the text of an error page would pass for the page. */
function checkStatus({ status }: OutboundResponse): void {
  if (status >= 200 && status < 300) return;
  throw new ToolFailure(
    'page_unavailable',
    `The server answers with status ${status} instead of a page. Use \`http_get\` to see what it says.`,
    { retryable: PASSING.has(status) },
  );
}

async function readable(
  response: OutboundResponse,
  reader: PageReader,
  { signal, tenantId }: ToolContext,
): Promise<ReadablePage> {
  const given = response.headers['content-type'];
  const contentType = typeof given === 'string' ? given : undefined;
  const type = mediaTypeIn(contentType);
  const text = pageText(response.body, contentType);
  if (HTML.test(type)) return reader.read({ html: text, url: response.url }, signal, tenantId);
  if (OTHER_TEXT.test(type)) {
    return { title: '', text: text.slice(0, MAX_TEXT).toWellFormed(), links: [], truncated: text.length > MAX_TEXT };
  }
  throw new ToolFailure('not_a_page', `There is no page but \`${type}\`. Use \`http_get\` for it.`);
}

/** fetch_webpage (TOL-2). */
export function fetchWebpage(outbound: Outbound): Tool {
  const reader = new PageReader();
  return defineTool({
    name: 'fetch_webpage',
    description: 'Reads a web page: its title, the text that people read, and the links to other pages.',
    input: z.strictObject({ url: webUrl }),
    output: z.strictObject({
      title: z.string(),
      text: z.string().describe('A line for each paragraph, heading or list item.'),
      links: z.array(z.strictObject({ url: z.string(), text: z.string() })).describe('Absolute, each once.'),
      truncated: z.literal(true).exactOptional().describe('Present when text or links were cut off.'),
    }),
    permissionLevel: 'READ_ONLY',
    risk: 'LOW',
    // The server sees it.
    effect: 'idempotent',
    needs: 'web_operations',
    timeoutSeconds: 60,
    blockedActions: (given) => blockedUrl(outbound, given),
    execute: async ({ url }, context) => {
      const response = await fetchPage(outbound, url, context);
      checkStatus(response);
      const { title, text, links, truncated } = await readable(response, reader, context);
      return { title, text, links: [...links], ...(truncated ? { truncated } : {}) };
    },
  });
}
