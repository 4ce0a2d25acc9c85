import { isIPv4, isIPv6 } from 'node:net';
import { z } from 'zod';

/** Texts of the environment, read strictly: `12abc` is no number, and a path is no origin. */

export function integer(minimum: number, maximum: number) {
  return z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .pipe(z.number().min(minimum).max(maximum));
}

export const address = z.string().regex(/^[A-Za-z0-9.:_-]{1,253}$/);

export const logLevel = z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']);

export const roleName = z.string().regex(/^[a-z][a-z0-9_]{0,39}$/);

/** An origin: scheme, host and port only. Kept without the trailing slash. */
export const url = z.string().transform((text, context) => {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol) || parsed.pathname !== '/' || parsed.search || parsed.hash) {
    context.addIssue({ code: 'custom', message: 'not an origin' });
    return z.NEVER;
  }
  return parsed.origin;
});

export const postgresUrl = z.string().refine((text) => /^postgres(ql)?:\/\/./.test(text) && URL.canParse(text));

export function listOf<Output>(item: z.ZodType<Output, string>) {
  return z
    .string()
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    )
    .pipe(z.array(item));
}

const HOST_NAME = /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;

function isNetwork(text: string, isAddress: (text: string) => boolean, maxBits: number): boolean {
  const [host = '', bits, ...rest] = text.split('/');
  const isPrefix = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= maxBits);
  return isAddress(host) && isPrefix && rest.length === 0 && !text.includes('%');
}

/** A host, an address or a network (CIDR), each with an optional port; IPv6 with a port stands in brackets. */
export const outboundTarget = z.string().refine((text) => {
  if (isNetwork(text, isIPv6, 128)) return true;
  const { six, plain, port } =
    /^(?:\[(?<six>[^[\]]+)\]|(?<plain>[^:[\]]+))(?::(?<port>\d{1,5}))?$/.exec(text)?.groups ?? {};
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return false;
  if (six !== undefined) return isNetwork(six, isIPv6, 128);
  return plain !== undefined && (isNetwork(plain, isIPv4, 32) || HOST_NAME.test(plain));
});
