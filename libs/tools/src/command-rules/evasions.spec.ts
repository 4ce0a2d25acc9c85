import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { createSandboxes } from '#libs/sandbox';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { blockedCommand } from './command-rules.js';

// These commands run for real. They aim at a folder that the test has made, and at names below the workspace.

// Not in /tmp, where a command may delete: that is a folder of its own in a jail.
const base = await mkdtemp('/var/tmp/av-evasions-');
const outside = join(base, 'outside');
const sandboxes = createSandboxes({ scratchDir: join(base, 'scratch'), unjailed: false });
const local = (await sandboxes.health()).find(({ kind }) => kind === 'command');
const MISSING = local?.ok ? '' : ` (skipped: ${local?.detail ?? 'no sandbox runs commands'} ${local?.remedy ?? ''})`;

/** Deletes a folder of the workspace, which shows that it runs, and one outside, where the sandbox has to stop it. */
const DELETION = `rm -rf doomed ${outside}`;

const base64 = Buffer.from(DELETION).toString('base64');
const backwards = [...DELETION].toReversed().join('');
const list = `'doomed', '${outside}'`;

const EVASIONS: readonly (readonly [what: string, argv: string[]])[] = [
  ['a program’s name that is computed', ['bash', '-c', `$(echo mr | rev) -rf doomed ${outside}`]],
  ['a part of a variable', ['bash', '-c', `x=arms; \${x:1:1}m -rf doomed ${outside}`]],
  ['a variable named by a variable', ['bash', '-c', `r=rm; n=r; \${!n} -rf doomed ${outside}`]],
  ['printf -v', ['bash', '-c', `printf -v r '%s%s' r m; $r -rf doomed ${outside}`]],
  ['eval of a computed text', ['bash', '-c', `eval "$(echo '${backwards}' | rev)"`]],
  ['base64 to a shell', ['bash', '-c', `echo ${base64} | base64 -d | sh`]],
  ['base64 in a here-string', ['bash', '-c', `bash <<< "$(base64 -d <<< ${base64})"`]],
  ['a text turned round', ['bash', '-c', `echo '${backwards}' | rev | sh`]],
  ['letters exchanged by tr', ['bash', '-c', `echo '${DELETION.replaceAll('r', '#')}' | tr '#' r | sh`]],
  ['a process substitution that is computed', ['bash', '-c', `bash <(echo '${backwards}' | rev)`]],
  ['a script from a file', ['sh', 'clean.sh']],
  ['standard input from a file', ['sh', '-c', 'sh < clean.sh']],
  ['a file through a pipe', ['sh', '-c', 'cat clean.sh | sh']],
  ['a here-document with a file in it', ['sh', '-c', 'sh <<EOF\n$(cat clean.sh)\nEOF']],
  ['a sourced file', ['sh', '-c', '. ./clean.sh']],
  ['a script that the command writes', ['sh', '-c', `printf '%s' '${DELETION}' > x.sh; sh x.sh`]],
  ['a copy of rm under another name', ['sh', '-c', `cp "$(command -v rm)" ./tidy && ./tidy -rf doomed ${outside}`]],
  ['a link to rm', ['sh', '-c', `ln -s "$(command -v rm)" tidy && ./tidy -rf doomed ${outside}`]],
  ['a link to the outside', ['sh', '-c', `ln -s ${outside} door; rm -rf door/* doomed`]],
  ['awk', ['awk', `BEGIN { system("${DELETION}") }`]],
  ['awk’s getline', ['awk', `BEGIN { "${DELETION}" | getline }`]],
  ['make’s own shell', ['make', `--eval=$(shell ${DELETION})`, '-f', '/dev/null']],
  ['a setting of git', ['git', '-c', `core.sshCommand=${DELETION} #`, 'ls-remote', 'ssh://example.com/x']],
  ['perl -e', ['perl', '-e', `system("${DELETION}")`]],
  ['perl’s own functions', ['perl', '-MFile::Path', '-e', `File::Path::rmtree([${list}])`]],
  ['sed', ['sed', '-n', `1e ${DELETION}`, 'clean.sh']],
  ['python3 -c', ['/usr/bin/python3', '-c', `import shutil\nfor f in (${list}): shutil.rmtree(f, True)`]],
];

const isHere = ([program = '']: readonly string[]): boolean =>
  ['/usr/bin', '/bin', ''].some((folder) => existsSync(join(folder, program)));

beforeEach(async () => {
  await mkdir(outside, { recursive: true });
  await writeFile(join(outside, 'canary.txt'), 'alive');
});

afterEach(() => rm(outside, { recursive: true }));

afterAll(async () => {
  await sandboxes.close();
  await rm(base, { recursive: true, force: true });
});

/** Runs a command in the sandbox and returns the names that it leaves in the workspace. */
async function leftBy(argv: readonly string[]): Promise<string[]> {
  return sandboxes.withFolder(async (folder) => {
    await mkdir(join(folder, 'doomed'));
    await writeFile(join(folder, 'doomed', 'file.txt'), 'x');
    await writeFile(join(folder, 'clean.sh'), `${DELETION}\n`);
    await sandboxes.run({ work: { kind: 'command', argv, folder }, signal: AbortSignal.timeout(20_000) });
    return readdir(folder);
  });
}

describe.skipIf(MISSING !== '')(`what the rules cannot see${MISSING}`, () => {
  for (const [what, argv] of EVASIONS) {
    const absent = isHere(argv) ? '' : ` (skipped: ${argv[0]} is not installed)`;
    it.skipIf(absent !== '')(`${what}: harmless because of the sandbox${absent} [SAF-4, SBX-1]`, async () => {
      expect(blockedCommand(argv)).toBeUndefined();
      expect(await leftBy(argv), 'the command did run').not.toContain('doomed');
      expect(await readFile(join(outside, 'canary.txt'), 'utf8')).toBe('alive');
    });
  }

  it('a computed address: harmless because of the sandbox, which has no network [SAF-4, SBX-1]', async () => {
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const text = `rm -r doomed; h=$(echo 1.0.0.721 | rev); : 3<>/dev/tcp/$h/${port}`;
    expect(blockedCommand(['bash', '-c', text])).toBeUndefined();
    expect(await leftBy(['bash', '-c', text]), 'the command did run').not.toContain('doomed');
    server.close();
    await once(server, 'close');
    expect(connections).toBe(0);
  });

  it('what the rules do see would be harmless there, too [SAF-4, SBX-1]', async () => {
    const argv = ['sh', '-c', DELETION];
    expect(blockedCommand(argv)).toMatch(/outside the workspace/);
    expect(await leftBy(argv), 'the command did run').not.toContain('doomed');
    expect(await readFile(join(outside, 'canary.txt'), 'utf8')).toBe('alive');
  });
});
