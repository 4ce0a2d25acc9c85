import { createHash } from 'node:crypto';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scratchFolder } from '../conformance/scratch.js';
import { ToolRegistry } from '../registry.js';
import { type ToolOutcome, ToolRunner } from '../runner.js';
import { checksumFiles } from './checksum-files.js';
import { imageSize } from './image-size.js';

const runner = new ToolRunner(new ToolRegistry([checksumFiles]));

async function checksums(files: Readonly<Record<string, string | Buffer>>, given: object): Promise<ToolOutcome> {
  const workspaceRoot = await scratchFolder();
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(workspaceRoot, path, '..'), { recursive: true });
    await writeFile(join(workspaceRoot, path), content);
  }
  await symlink('a.txt', join(workspaceRoot, 'link.txt'));
  const { signal } = new AbortController();
  const ids = { goalId: 'g', taskId: 't', attempt: 1 };
  return runner.run({ tool: 'checksum_files', arguments: { ...given }, workspaceRoot, signal, ...ids });
}

const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

const png = Buffer.concat([
  Buffer.from('89504e470d0a1a0a0000000d', 'hex'),
  Buffer.from('IHDR'),
  Buffer.from('0000028000000168', 'hex'),
]);
const gif = Buffer.concat([Buffer.from('GIF89a'), Buffer.from([0x0a, 0, 0x14, 0])]);
/** An APP1 segment, a table, fill bytes, then a progressive frame of 300 × 200. */
const jpeg = Buffer.from(`ffd8ffe10006${'00'.repeat(4)}ffc40003ffffffffc2000b0800c8012c03${'00'.repeat(6)}`, 'hex');

describe('checksum_files', () => {
  it('gives hashes, sizes and types of what matches, but follows no link [TOL-1]', async () => {
    const big = Buffer.alloc(700_000, 'x');
    expect(
      await checksums({ 'a.txt': 'alpha', 'sub/b.bin': big, 'sub/c.csv': '' }, { path: '.', pattern: '**' }),
    ).toMatchObject({
      ok: true,
      output: {
        files: [
          { path: 'a.txt', size: 5, sha256: sha256('alpha'), media_type: 'text/plain' },
          { path: 'sub/b.bin', size: 700_000, sha256: sha256(big), media_type: 'application/octet-stream' },
          { path: 'sub/c.csv', size: 0, sha256: sha256(''), media_type: 'text/csv' },
        ],
        truncated: false,
      },
    });
    expect(await checksums({ 'sub/b.bin': 'b', 'sub/c.csv': '' }, { path: 'sub', pattern: '*.csv' })).toMatchObject({
      output: { files: [{ path: 'sub/c.csv' }] },
    });
  });

  it('gives width and height of images by their content [TOL-1]', async () => {
    const outcome = await checksums({ 'a.png': png, 'b.gif': gif, 'c.dat': jpeg }, { path: '.', pattern: '?.*' });
    expect(outcome).toMatchObject({
      ok: true,
      output: {
        files: [
          { width: 640, height: 360 },
          { width: 10, height: 20 },
          { width: 300, height: 200 },
        ],
      },
    });
  });

  it('stops at its limit and says so [TOL-1]', async () => {
    const many = Object.fromEntries(Array.from({ length: 2001 }, (_, index) => [`f${index}`, '']));
    const outcome = await checksums(many, { path: '.', pattern: '*' });
    expect(outcome).toMatchObject({ ok: true, output: { truncated: true } });
  });

  it('refuses what is no folder of the workspace [TOL-1]', async () => {
    expect(await checksums({}, { path: '../out', pattern: '*' })).toMatchObject({ error: { violation: true } });
    expect(await checksums({ 'a.txt': '' }, { path: 'a.txt', pattern: '*' })).toMatchObject({
      error: { code: 'not_a_directory' },
    });
  });
});

describe('the size of an image', () => {
  it('is not made up for anything else [TOL-1]', () => {
    for (const head of [png, gif, jpeg]) {
      for (let length = 0; length < head.length - 6; length++) imageSize(head.subarray(0, length));
      expect(imageSize(head.subarray(0, 8))).toBeUndefined();
    }
    const endless = Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(50, 0xff)]);
    for (const head of [Buffer.alloc(0), Buffer.from('GIF90a123456'), endless, Buffer.from('ffd8ffda0000', 'hex')]) {
      expect(imageSize(head)).toBeUndefined();
    }
    expect(imageSize(Buffer.from('ffd8ffe00000ffe00000ffe00000ffe00000', 'hex'))).toBeUndefined();
  });
});
