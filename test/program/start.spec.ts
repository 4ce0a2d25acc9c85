import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestClone, cloneTestDatabase } from '#libs/testing';

const ROOT = join(import.meta.dirname, '../..');

let folder: string;
let clone: TestClone;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'village-start-'));
  await writeFile(join(folder, 'file'), '');
  clone = await cloneTestDatabase();
});
afterAll(async () => {
  await clone.drop();
  await rm(folder, { recursive: true });
});

interface Run {
  readonly child: ChildProcess;
  /** Resolves with what it ended with, and all that it wrote. */
  readonly ended: Promise<{ code: unknown; output: string }>;
}

/** The program in a process of its own; `onOutput` is told of everything that it has written so far. */
function run(environment: Record<string, string>, onOutput?: (child: ChildProcess, output: string) => void): Run {
  const child = spawn(process.execPath, ['--import', './scripts/typescript.mjs', 'src/main.ts'], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', PORT: '0', DATABASE_URL: clone.url, ROLE: 'api', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 40_000,
    killSignal: 'SIGKILL',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      onOutput?.(child, output);
    });
  }
  const ended = once(child, 'close').then(([code, signal]) => ({ code: code ?? signal, output }));
  return { child, ended };
}

describe('a start that a setting stops', () => {
  it.each([
    ['a data folder that is a file', () => ({ DATA_DIR: join(folder, 'file') }), /^DATA_DIR: .*EEXIST/m],
    ['a data folder that cannot be made', () => ({ DATA_DIR: '/proc/village' }), /^DATA_DIR: /m],
    ['an address of another machine', () => ({ DATA_DIR: folder, HOST: '203.0.113.1' }), /^HOST: this machine has no/m],
    [
      'one role for everything',
      () => ({ DATA_DIR: folder, DATABASE_APP_ROLE: 'av_system' }),
      /^DATABASE_APP_ROLE and DATABASE_SYSTEM_ROLE/m,
    ],
    [
      'a role that the tables do not know',
      () => ({ DATA_DIR: folder, DATABASE_SYSTEM_ROLE: 'pg_monitor' }),
      /^DATABASE_SYSTEM_ROLE: .*not made for/m,
    ],
    [
      'a worker on the embedded database',
      () => ({ DATA_DIR: folder, DATABASE_URL: '', ROLE: 'worker' }),
      /^DATABASE_URL: ROLE=worker needs a PostgreSQL of your own/m,
    ],
  ])('ends with 78 and names the variable, without a trace: %s', async (_what, environment, message) => {
    const { code, output } = await run({ LOG_LEVEL: 'warn', ...environment() }).ended;
    expect(output).toMatch(message);
    expect(output).not.toMatch(/^\s+at |"stack"/m);
    expect(code).toBe(78);
  });
});

describe('a start that is told to stop', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'by %s while it waits for its database ends with 0 [WRK-3]',
    async (signal) => {
      const unreachable = new URL(clone.url);
      unreachable.searchParams.set('host', join(folder, 'nowhere'));
      const { ended } = run({ DATA_DIR: folder, DATABASE_URL: unreachable.href }, (child, output) => {
        if (/waiting for the database/.test(output)) child.kill(signal);
      });
      const { code, output } = await ended;
      expect(output).toMatch(/told to stop/);
      expect(code).toBe(0);
    },
  );
});
