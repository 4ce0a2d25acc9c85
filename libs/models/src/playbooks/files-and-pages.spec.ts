import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runPlaybook, written } from '../conformance/run-plan.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const file = (path: string, text: string, media_type = 'text/plain') => ({
  path,
  size: Buffer.byteLength(text),
  sha256: sha256(text),
  media_type,
});

const FILES = [
  file('a.txt', 'same'),
  file('b|c.md', 'x'.repeat(3000), 'text/markdown'),
  file('data/copy.txt', 'same'),
  file('data/empty', ''),
  file('data/empty2', ''),
];
const found = (files: readonly object[], truncated = false) => ({
  outputs: { checksum_files: { files, truncated } as never },
});

describe('folder-inventory', () => {
  it('adds up sizes by type and folder, and finds files that are the same [ORC-15]', async () => {
    const ran = await runPlaybook('folder-inventory', { top: 2 }, found(FILES));
    expect(written(ran, 'inventory.json')).toMatchObject({
      files: 5,
      size: 3008,
      empty: 2,
      wasted: 4,
      complete: true,
      types: [
        { extension: 'md', files: 1, size: 3000 },
        { extension: 'txt', files: 2, size: 8 },
        { extension: '(none)', files: 2, size: 0 },
      ],
      folders: [
        { folder: '.', files: 2, size: 3004 },
        { folder: 'data', files: 3, size: 4 },
      ],
      largest: [
        { path: 'b|c.md', size: 3000 },
        { path: 'a.txt', size: 4 },
      ],
      duplicates: [{ size: 4, wasted: 4, paths: ['a.txt', 'data/copy.txt'] }],
    });
    expect(ran.written['inventory.md']).toContain('| b\\|c.md | 2.9 KiB |');
  });

  it('says when it is a part only, and stands an empty folder [ORC-15]', async () => {
    const part = await runPlaybook('folder-inventory', {}, found(FILES, true));
    expect(part.written['inventory.md']).toContain('This is a part');
    expect(written(await runPlaybook('folder-inventory', {}, found([])), 'inventory.json')).toMatchObject({
      files: 0,
      size: 0,
    });
  });
});

describe('image-or-file-checksums', () => {
  const tool = 'sha256sum';
  const hasTool = spawnSync(tool, ['--version']).status === 0;
  it.skipIf(!hasTool)(
    'writes what sha256sum checks, strange names included (skipped without sha256sum) [ORC-15]',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'checksums-'));
      const names = ['plain.txt', 'with space.txt', 'line\nbreak.txt', ' leading'];
      try {
        for (const name of names) writeFileSync(join(folder, name), `content of ${name}`);
        const list = names.map((name) => file(name, `content of ${name}`));
        const ran = await runPlaybook('image-or-file-checksums', {}, found(list));
        writeFileSync(join(folder, 'checksums.txt'), ran.written['checksums.txt'] ?? '');
        const checked = spawnSync(tool, ['--strict', '-c', 'checksums.txt'], { cwd: folder, encoding: 'utf8' });
        expect(checked.status, checked.stderr + checked.stdout).toBe(0);
        expect(checked.stdout.match(/: OK/g)).toHaveLength(names.length);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );

  it('keeps the sizes of images, and makes no list that is incomplete [ORC-15]', async () => {
    const image = { ...file('a.png', 'png', 'image/png'), width: 640, height: 360 };
    const ran = await runPlaybook('image-or-file-checksums', {}, found([image, FILES[0]!]));
    expect(written(ran, 'checksums.json')).toMatchObject({ files: [image, FILES[0]] });
    expect(ran.outputs['list']).toMatchObject({ value: { files: 2, images: 1 } });
    const run = (files: readonly object[], truncated = false) =>
      runPlaybook('image-or-file-checksums', {}, found(files, truncated));
    await expect(run([])).rejects.toThrow('No file matches "**" below "."');
    await expect(run(FILES, true)).rejects.toThrow('More files match');
    await expect(run([{ ...image, sha256: null }])).rejects.toThrow('larger than what is hashed');
  });
});

describe('fetch-and-summarise', () => {
  const TEXT = [
    'Home | About | Contact',
    'Solar panels turn light into electricity. Dr. Smith of the U.S. laboratory says that solar panels have become far cheaper over ten years.',
    'Bananas are yellow and quite tasty in summer.',
    'Cheaper solar panels let villages make electricity of their own. Solar panels have become far cheaper over the last ten years, says the laboratory.',
    'The weather was nice on that one day. Storing electricity in batteries stays the harder part for villages with solar panels.',
  ].join('\n');
  const summarise = (page: object, parameters = {}) =>
    runPlaybook(
      'fetch-and-summarise',
      { url: 'https://acme.test/a', ...parameters },
      { outputs: { fetch_webpage: { ...page } } },
    );

  it('picks the sentences that say most, word for word, in order and none twice [LLM-2]', async () => {
    const ran = await summarise({ title: 'Solar *panels* for villages', text: TEXT }, { sentences: 3 });
    const { sentences } = (ran.outputs['summarise'] as { value: { sentences: string[] } }).value;
    expect(sentences).toHaveLength(3);
    for (const sentence of sentences) expect(TEXT).toContain(sentence);
    expect(sentences.map((sentence) => TEXT.indexOf(sentence))).toEqual(
      sentences.map((each) => TEXT.indexOf(each)).toSorted((a, b) => a - b),
    );
    expect(sentences.filter((sentence) => sentence.includes('far cheaper'))).toHaveLength(1);
    expect(sentences.join()).not.toMatch(/Bananas|weather|Home/);
    expect(sentences.join()).not.toMatch(/(^|,)Smith/);
    const page = ran.written['summary.md'];
    expect(page).toContain('# Solar \\*panels\\* for villages\n\nSource: <https://acme.test/a>');
    expect(page).toMatch(/Words it speaks of most: .*solar/);
  });

  it('does not mind a page without sentences [LLM-2]', async () => {
    expect((await summarise({ title: '', text: '' })).written['summary.md']).toContain(
      'The page has no text to summarise.',
    );
    expect((await summarise({ title: '', text: 'just words' })).written['summary.md']).toContain('- just words');
    expect((await summarise({ title: 'x', text: 'A. '.repeat(20_000) })).written['summary.md']).toContain('# x');
  });
});
