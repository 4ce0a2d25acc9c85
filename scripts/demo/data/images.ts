import { crc32 } from 'node:zlib';

/*
 * Small valid images, made byte by byte: a library may compress otherwise on another machine or in another version,
 * and checksums would differ. PNG: RFC 2083, with stored blocks of RFC 1951. GIF: GIF89a, with a clear code often
 * enough that no code grows. JPEG: ITU-T T.81, baseline, one grey component, one value for each 8 × 8 block.
 */

const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
const u16le = (value: number): Buffer => Buffer.from([value & 255, value >> 8]);

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

/** A colour gradient of 48 × 32 pixels. */
export function gradientPng(): Buffer {
  const [width, height] = [48, 32];
  const rows: Buffer[] = [];
  for (let y = 0; y < height; y += 1) {
    const row = Buffer.alloc(1 + width * 3);
    for (let x = 0; x < width; x += 1) row.set([x * 5, y * 7, 160], 1 + x * 3);
    rows.push(row);
  }
  const header = Buffer.concat([u32(width), u32(height), Buffer.from([8, 2, 0, 0, 0])]);
  return Buffer.concat([
    Buffer.from('\u0089PNG\r\n\u001a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', stored(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  return Buffer.concat([u32(data.length), body, u32(crc32(body))]);
}

/** A zlib stream whose one block is not compressed; at most 65,535 bytes. */
function stored(data: Buffer): Buffer {
  let [a, b] = [1, 0];
  for (const byte of data) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  const block = Buffer.concat([Buffer.from([1]), u16le(data.length), u16le(data.length ^ 0xffff)]);
  return Buffer.concat([Buffer.from([0x78, 0x01]), block, data, u32(b * 65_536 + a)]);
}

/** A chequered board of 16 × 16 pixels in four colours. */
export function boardGif(): Buffer {
  const side = 16;
  const pixels = Array.from({ length: side * side }, (_, at) => (((at % side) >> 2) + (at >> 6)) % 4);
  const colours = Buffer.from([255, 255, 255, 34, 139, 34, 30, 60, 140, 20, 20, 20]);
  const screen = Buffer.concat([u16le(side), u16le(side), Buffer.from([0xf1, 0, 0])]);
  const image = Buffer.concat([Buffer.from([0x2c, 0, 0, 0, 0]), u16le(side), u16le(side), Buffer.from([0])]);
  return Buffer.concat([Buffer.from('GIF89a'), screen, colours, image, lzw(pixels), Buffer.from([0x3b])]);
}

/** Codes of three bits: 0 to 3 are the colours, 4 clears the table, 5 is the end. */
function lzw(pixels: readonly number[]): Buffer {
  const codes: number[] = [];
  for (const [index, pixel] of pixels.entries()) codes.push(...(index % 2 === 0 ? [4] : []), pixel);
  const bytes = packed([...codes, 5]);
  const blocks: Buffer[] = [Buffer.from([2])];
  for (let at = 0; at < bytes.length; at += 255) {
    const part = bytes.subarray(at, at + 255);
    blocks.push(Buffer.from([part.length]), part);
  }
  return Buffer.concat([...blocks, Buffer.from([0])]);
}

/** Three bits each, the lowest first. */
function packed(codes: readonly number[]): Buffer {
  const bytes = Buffer.alloc(Math.ceil((codes.length * 3) / 8));
  for (const [index, code] of codes.entries()) {
    for (let bit = 0; bit < 3; bit += 1) {
      const at = index * 3 + bit;
      if (code & (1 << bit)) bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (1 << (at & 7));
    }
  }
  return bytes;
}

/** Twelve grey steps of 8 × 8 pixels in four columns. */
export function greysJpeg(): Buffer {
  const [columns, rows] = [4, 3];
  const lengths = Buffer.from([0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  const differences = Buffer.concat([
    Buffer.from([0x00]),
    lengths,
    Buffer.from([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
  ]);
  const details = Buffer.from([0x10, 1, ...Array<number>(15).fill(0), 0]);
  const frame = [Buffer.from([8]), u16(rows * 8), u16(columns * 8), Buffer.from([1, 1, 0x11, 0])];
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xe0, Buffer.from('JFIF\0\u0001\u0001\0\0\u0001\0\u0001\0\0', 'latin1')),
    segment(0xdb, Buffer.concat([Buffer.from([0]), Buffer.alloc(64, 8)])),
    segment(0xc0, Buffer.concat(frame)),
    segment(0xc4, differences),
    segment(0xc4, details),
    segment(0xda, Buffer.from([1, 1, 0x00, 0, 63, 0])),
    scan(columns * rows),
    Buffer.from([0xff, 0xd9]),
  ]);
}

function segment(marker: number, data: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0xff, marker]), u16(data.length + 2), data]);
}

/** Each block is twelve steps brighter than the one before: a difference of four bits, and no detail. */
function scan(blocks: number): Buffer {
  const bits = Array.from({ length: blocks }, (_, index) => {
    const step = index === 0 ? -66 : 12;
    const size = Math.floor(Math.log2(Math.abs(step))) + 1;
    const value = step < 0 ? step + 2 ** size - 1 : step;
    // The table gives each size its own number in four bits as a code; `0` says that the rest of the block is nothing.
    return category(size) + value.toString(2).padStart(size, '0') + '0';
  }).join('');
  const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
  const bytes = padded.match(/.{8}/g)?.map((byte) => parseInt(byte, 2)) ?? [];
  // A byte of ones would begin a marker.
  return Buffer.from(bytes.flatMap((byte) => (byte === 255 ? [255, 0] : [byte])));
}

const category = (size: number): string => size.toString(2).padStart(4, '0');
