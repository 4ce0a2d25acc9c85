import { promisify } from 'node:util';
import { brotliDecompress, constants, gunzip, inflate, inflateRaw, zstdDecompress } from 'node:zlib';
import { OutboundFailure } from './failure.js';

type Decoder = (bytes: Buffer, maxBytes: number) => Promise<Buffer>;

/** One coding upon another helps nobody, and each costs a pass. */
const MAX_CODINGS = 2;

const [gunzipped, inflated, inflatedRaw, unbrotlied, unzstd] = [
  promisify(gunzip),
  promisify(inflate),
  promisify(inflateRaw),
  promisify(brotliDecompress),
  promisify(zstdDecompress),
];

const fromGzip: Decoder = (bytes, maxOutputLength) => gunzipped(bytes, { maxOutputLength });

/** `deflate` means the zlib format (RFC 9110, section 8.4.1.2), but some servers leave its header out. */
const fromDeflate: Decoder = (bytes, maxOutputLength) => {
  const hasHeader = (bytes[0]! & 0x0f) === 8;
  return hasHeader ? inflated(bytes, { maxOutputLength }) : inflatedRaw(bytes, { maxOutputLength });
};

const fromBrotli: Decoder = (bytes, maxOutputLength) => unbrotlied(bytes, { maxOutputLength });

// RFC 9659 limits the window to 8 MiB; Node would let a few bytes make it reserve 128 MiB.
const ZSTD_WINDOW = { [constants.ZSTD_d_windowLogMax]: 23 };
const fromZstd: Decoder = (bytes, maxOutputLength) => unzstd(bytes, { maxOutputLength, params: ZSTD_WINDOW });

const DECODERS: Readonly<Record<string, Decoder>> = {
  gzip: fromGzip,
  'x-gzip': fromGzip,
  deflate: fromDeflate,
  br: fromBrotli,
  zstd: fromZstd,
};

/** What is offered to servers. */
export const ACCEPTED_CODINGS = 'gzip, deflate, br, zstd';

export function tooLarge(maxBytes: number): OutboundFailure {
  return new OutboundFailure(
    'response_too_large',
    `The response has more than ${maxBytes} bytes. Ask for less: a page, a filter, fewer fields, or a part by a \`Range\` header.`,
  );
}

async function decodeOnce(bytes: Buffer, coding: string, maxBytes: number): Promise<Buffer> {
  const decoder = Object.hasOwn(DECODERS, coding) ? DECODERS[coding] : undefined;
  if (!decoder) {
    throw new OutboundFailure('response_invalid', 'The response is compressed in a way that nobody asked for.');
  }
  try {
    return await decoder(bytes, maxBytes);
  } catch (error) {
    if (error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE')
      throw tooLarge(maxBytes);
    throw new OutboundFailure('response_invalid', 'The response is damaged: it cannot be decompressed.', {
      cause: error,
    });
  }
}

/**
 * Undoes the content codings of a response (RFC 9110, section 8.4). Memory is bounded by `maxBytes` for each coding,
 * however much a few bytes claim to hold.
 */
export async function decode(bytes: Buffer, contentEncoding: string, maxBytes: number): Promise<Buffer> {
  const codings = contentEncoding
    .split(',')
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity');
  if (codings.length > MAX_CODINGS) {
    throw new OutboundFailure('response_invalid', `The response is compressed more than ${MAX_CODINGS} times.`);
  }
  let decoded = bytes;
  // The last coding was applied last. Nothing at all stands for an empty body.
  for (const coding of codings.toReversed()) {
    if (decoded.length > 0) decoded = await decodeOnce(decoded, coding, maxBytes);
  }
  return decoded;
}
