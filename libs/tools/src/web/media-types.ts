import { TextDecoder } from 'node:util';

/** The type without its parameters, in lower case; empty when there is none. */
export function mediaTypeIn(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]!.trim().toLowerCase();
}

/** `application/json` and its relatives: RFC 6839, section 3.1, for `+json`. */
export function isJsonType(contentType: string | undefined): boolean {
  return /^(?:application|text)\/(?:[\w.-]+\+)?json$/.test(mediaTypeIn(contentType));
}

function charsetIn(contentType: string | undefined): string | undefined {
  return /;\s*charset\s*=\s*"?([\w:.-]{1,40})/i.exec(contentType ?? '')?.[1];
}

function decoderFor(label: string, fatal: boolean): TextDecoder | undefined {
  try {
    return new TextDecoder(label, { fatal });
  } catch {
    // A charset that nobody knows says as much as none.
    return undefined;
  }
}

/** The bytes as text in the charset that is named, UTF-8 otherwise; undefined when they are none, or hold a NUL. */
export function strictText(bytes: Buffer, contentType: string | undefined): string | undefined {
  const decoder = decoderFor(charsetIn(contentType) ?? 'utf-8', true) ?? new TextDecoder('utf-8', { fatal: true });
  try {
    const text = decoder.decode(bytes);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Bytes of a page in which it may name its charset (HTML standard, "prescan a byte stream"). */
const PRESCAN_BYTES = 1024;

/** A page as text, whatever its bytes are: the charset of the header, of a `meta` element, or UTF-8. */
export function pageText(bytes: Buffer, contentType: string | undefined): string {
  const named = /<meta[^>]+charset\s*=\s*["']?([\w:.-]{1,40})/i.exec(bytes.toString('latin1', 0, PRESCAN_BYTES))?.[1];
  const label = charsetIn(contentType) ?? named ?? 'utf-8';
  return (decoderFor(label, false) ?? new TextDecoder()).decode(bytes).replaceAll('\0', '\ufffd');
}
