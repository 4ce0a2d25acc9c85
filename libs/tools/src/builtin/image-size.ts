/** Bytes at the start of a file in which the size of an image is looked for. */
export const HEAD_BYTES = 256 * 1024;

export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

const PNG = Buffer.from('89504e470d0a1a0a', 'hex');

/**
 * Width and height of a PNG, GIF or JPEG in pixels, by the start of its content; undefined for anything else. Rotation
 * that a JPEG's metadata asks for is not applied.
 */
export function imageSize(head: Buffer): ImageSize | undefined {
  if (head.subarray(0, 8).equals(PNG)) return pngSize(head);
  const start = head.toString('latin1', 0, 6);
  if (start === 'GIF87a' || start === 'GIF89a') return gifSize(head);
  return head[0] === 0xff && head[1] === 0xd8 ? jpegSize(head) : undefined;
}

/** The header chunk comes first (PNG specification, section 11.2.1). */
function pngSize(head: Buffer): ImageSize | undefined {
  if (head.length < 24 || head.toString('latin1', 12, 16) !== 'IHDR') return undefined;
  return { width: head.readUInt32BE(16), height: head.readUInt32BE(20) };
}

/** The logical screen (GIF89a specification, section 18). */
function gifSize(head: Buffer): ImageSize | undefined {
  return head.length < 10 ? undefined : { width: head.readUInt16LE(6), height: head.readUInt16LE(8) };
}

/** A start of frame: SOF0 to SOF15, among which DHT, JPG and DAC are none (ITU-T T.81, table B.1). */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

function jpegSize(head: Buffer): ImageSize | undefined {
  let at = 2;
  while (at + 9 <= head.length && head[at] === 0xff) {
    const marker = head[at + 1]!;
    if (isFrame(marker)) return { width: head.readUInt16BE(at + 7), height: head.readUInt16BE(at + 5) };
    // Fill bytes and markers without a segment of their own.
    if (marker === 0xff) at += 1;
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) at += 2;
    else if (marker === 0xd9 || marker === 0xda) return undefined;
    else at += 2 + head.readUInt16BE(at + 2);
  }
  return undefined;
}
