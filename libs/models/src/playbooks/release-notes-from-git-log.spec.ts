import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Ran, runPlaybook, written } from '../conformance/run-plan.js';

interface Notes {
  readonly commits: number;
  readonly merges: number;
  readonly breaking: readonly { readonly subject: string; readonly breaking_notes: readonly string[] }[];
  readonly groups: readonly { readonly type: string; readonly commits: readonly { readonly subject: string }[] }[];
  readonly authors: readonly { readonly name: string; readonly commits: number }[];
}

const run = (log: string, parameters = {}): Promise<Ran> =>
  runPlaybook('release-notes-from-git-log', parameters, { files: { 'git.log': log } });
const notes = async (log: string, parameters = {}): Promise<Notes> =>
  written(await run(log, parameters), 'release-notes.json') as Notes;

const hash = (n: number): string => n.toString(16).repeat(40).slice(0, 40);
const commit = (n: number, message: string, { tag = '', author = 'Ann <ann@acme.test>', merge = false } = {}): string =>
  [
    `commit ${hash(n)}${tag === '' ? '' : ` (HEAD -> main, tag: ${tag}, origin/main)`}`,
    ...(merge ? ['Merge: 1111111 2222222'] : []),
    `Author: ${author}`,
    'Date:   Fri Nov 20 18:00:00 2026 +0100',
    '',
    ...message.split('\n').map((line) => (line === '' ? '' : `    ${line}`)),
    '',
  ].join('\n');

const LOG = [
  commit(9, 'feat(api)!: drop version 1\n\nLonger words.\n\nBREAKING CHANGE: use /v2\ninstead.\nRefs: #7', {
    tag: 'v2.0.0',
  }),
  commit(8, 'fix: a <b> crash', { author: 'Bob <bob@acme.test>' }),
  commit(7, "Merge branch 'x'", { merge: true }),
  commit(6, 'Fix(ui): colours\n\nCo-authored-by: Cid <cid@acme.test>'),
  commit(5, 'Revert "feat: odd"\n\nThis reverts commit abc.'),
  commit(4, 'wip: something'),
  commit(3, 'no type at all'),
  commit(2, 'docs: write', { tag: 'v1.0.0' }),
].join('\n');

const subjects = (found: Notes): Record<string, string[]> =>
  Object.fromEntries(found.groups.map(({ type, commits }) => [type, commits.map(({ subject }) => subject)]));

describe('release-notes-from-git-log', () => {
  it('groups conventional commits, and names breaking changes and authors [ORC-15]', async () => {
    const found = await notes(LOG);
    expect(found).toMatchObject({ commits: 7, merges: 1 });
    expect(subjects(found)).toEqual({
      feat: ['drop version 1'],
      fix: ['a <b> crash', 'colours'],
      revert: ['Revert "feat: odd"'],
      docs: ['write'],
      other: ['wip: something', 'no type at all'],
    });
    expect(found.breaking).toMatchObject([{ subject: 'drop version 1', breaking_notes: ['use /v2 instead.'] }]);
    expect(found.authors).toEqual([
      { name: 'Ann', commits: 6 },
      { name: 'Bob', commits: 1 },
      { name: 'Cid', commits: 1 },
    ]);
  });

  it('begins after the release before, and leaves out what is not wanted [ORC-15]', async () => {
    const found = await notes(LOG, { since: 'v1.0.0', leave_out: ['other', 'feat'] });
    expect(Object.keys(subjects(found))).toEqual(['fix', 'revert']);
    expect(found.breaking).toHaveLength(1);
    expect((await notes(LOG, { since: hash(5).slice(0, 8) })).commits).toBe(3);
    await expect(run(LOG, { since: 'v9' })).rejects.toThrow('There is no tag or commit "v9"');
  });

  it('writes Markdown in which nothing of a subject is markup [ORC-15]', async () => {
    const page = (await run(LOG, { title: 'Version 2' })).written['release-notes.md'];
    expect(page).toContain(
      '# Version 2\n\n## Breaking changes\n\n- **api:** drop version 1 (9999999)\n  use /v2 instead.',
    );
    expect(page).toContain('- a \\<b\\> crash (8888888)');
    expect(page).toContain('## Authors\n\n- Ann (6)\n');
  });

  it('says how to make the log when it holds none [ORC-15]', async () => {
    await expect(run('nothing')).rejects.toThrow('git log --decorate > git.log');
  });

  const hasGit = spawnSync('git', ['--version']).status === 0;
  it.skipIf(!hasGit)('reads what git really writes (skipped without git) [ORC-15]', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'release-notes-'));
    const git = (...parts: string[]): string =>
      execFileSync('git', ['-c', 'user.name=Zoë', '-c', 'user.email=zoe@acme.test', '-C', folder, ...parts], {
        encoding: 'utf8',
      });
    try {
      git('init', '-q', '-b', 'main');
      git('commit', '-q', '--allow-empty', '-m', 'feat: begin');
      git('tag', 'v1');
      git('commit', '-q', '--allow-empty', '-m', 'fix(core)!: mend', '-m', 'BREAKING CHANGE: all of it');
      for (const format of ['medium', 'fuller']) {
        const found = await notes(git('log', '--decorate', '--stat', `--pretty=${format}`), { since: 'v1' });
        expect(found).toMatchObject({
          commits: 1,
          authors: [{ name: 'Zoë' }],
          breaking: [{ breaking_notes: ['all of it'] }],
        });
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
