import { z } from 'zod';
import { ToolFailure } from '../tool-failure.js';

/** How the bytes of a file stand in JSON. */
export const encoding = z
  .enum(['utf8', 'base64'])
  .default('utf8')
  .describe('`utf8` for text, `base64` (RFC 4648, section 4) for any bytes.');

type Encoding = z.output<typeof encoding>;

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Whether a text is base64 as RFC 4648 section 4 writes it: padded, without line breaks. */
export function isBase64(text: string): boolean {
  return text.length % 4 === 0 && BASE64.test(text);
}

export function decode(content: string, as: Encoding): Uint8Array {
  return Buffer.from(content, as);
}

/** The bytes as text. Bytes that are no UTF-8 are refused for `utf8`: to replace them would falsify the file. */
export function encode(bytes: Buffer, as: Encoding, path: string): string {
  if (as === 'base64') return bytes.toString('base64');
  try {
    // A byte order mark is content, too.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new ToolFailure('not_text', `\`${path}\` is not UTF-8 text. Read it with \`encoding\` \`base64\`.`, {
      cause: error,
    });
  }
}
