import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProviderHealth } from '#libs/sandbox';
import { createSandboxes } from '#libs/sandbox';
import { describeSandboxes } from '../../scripts/doctor/sandboxes.js';

const ROOT = join(import.meta.dirname, '../..');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'village-doctor-spec-'));
});
afterAll(async () => rm(folder, { recursive: true }));

/** What `npm run doctor` runs, in a project of its own or in this one. */
async function doctor(project: string): Promise<{ readonly code: unknown; readonly output: string }> {
  const child: ChildProcess = spawn(process.execPath, ['scripts/doctor.mjs'], {
    cwd: project,
    env: { PATH: process.env['PATH'] ?? '', PORT: '0', DATA_DIR: join(folder, 'data') },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 100_000,
    killSignal: 'SIGKILL',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

describe('npm run doctor', () => {
  it('says of each sandbox whether it works, as the sandbox itself does [SBX-1]', { timeout: 120_000 }, async () => {
    const { output } = await doctor(ROOT);
    const sandboxes = createSandboxes({ scratchDir: join(folder, 'scratch'), unjailed: false });
    const lines = { command: 'bubblewrap', python: 'Python', javascript: 'JavaScript' };
    for (const { kind, ok } of await sandboxes.health()) {
      const sign = ok ? '✓' : '–';
      expect(output).toMatch(new RegExp(`^${sign} ${lines[kind]} +\\w+ ${ok ? 'works' : 'does not work'}: `, 'm'));
    }
    await sandboxes.close();
    for (const name of ['Node', 'Port', 'Data folder', 'Disk space', 'Redis', 'Chromium', 'Model provider']) {
      expect(output).toMatch(new RegExp(`^\\S ${name} `, 'm'));
    }
  });

  it('works before anything is installed, and looks for the programs then [SBX-1]', async () => {
    const project = join(folder, 'clone');
    for (const path of ['scripts', 'libs', 'package.json'])
      await cp(join(ROOT, path), join(project, path), { recursive: true });
    const { code, output } = await doctor(project);
    expect(code).toBe(1);
    expect(output).toMatch(/^✗ Packages and build +not installed\n +→ Run "npm ci"\.$/m);
    expect(output).toMatch(/^[✓–] bubblewrap +(bubblewrap \d|not found; run_command needs it)/m);
    expect(output).toMatch(/^– Python, JavaScript +not tried out yet/m);
  });
});

describe('the findings of the sandboxes', () => {
  const well: ProviderHealth = { ok: true, detail: 'It runs.', remedy: null };
  const install = 'Install bubblewrap.';
  const command: ProviderHealth = { ok: false, detail: 'bubblewrap is not installed', remedy: install };
  const python: ProviderHealth = { ok: false, detail: 'no jail', remedy: `${install} Or: Allow it.` };

  it('say what to do, once [SBX-1]', () => {
    expect(describeSandboxes({ command, python, javascript: well })).toEqual([
      {
        name: 'bubblewrap',
        state: 'absent',
        detail: 'run_command does not work: bubblewrap is not installed.',
        remedy: install,
      },
      {
        name: 'Python',
        state: 'absent',
        detail: 'execute_python does not work: no jail.',
        remedy: 'As for bubblewrap: Python can use the same jail.',
      },
      { name: 'JavaScript', state: 'present', detail: 'execute_javascript works: It runs.' },
    ]);
  });

  it('do not take commands without a jail for a jail [SBX-1]', () => {
    const unjailed = { ok: true, detail: 'WITHOUT a jail.', remedy: null };
    const [jail] = describeSandboxes({ command, python: well, javascript: well }, unjailed);
    expect(jail).toMatchObject({ state: 'absent', remedy: install });
    expect(jail?.detail).toMatch(/SANDBOX_WITHOUT_JAIL is set.*WITHOUT a jail\.$/);
  });
});
