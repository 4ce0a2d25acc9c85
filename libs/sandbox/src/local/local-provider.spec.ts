import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '#libs/kernel';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { CommandBench, NO_JAIL } from '../conformance/command-bench.js';
import { type SampleWork, describeSandboxProvider } from '../conformance/sandbox-provider.suite.js';
import { processesNamed } from '../conformance/processes.js';
import { BubblewrapJail } from '../jail/bubblewrap-jail.js';
import type { Jail } from '../jail/jail.js';
import { type CommandWork, DEFAULT_LIMITS } from '../sandbox.port.js';
import { LocalProvider } from './local-provider.js';

describeSandboxProvider('the local sandbox', [{ kind: 'command', unavailable: NO_JAIL }], async () => {
  const bench = await CommandBench.open();
  const sh = (script: string): CommandWork => ({ kind: 'command', argv: ['sh', '-c', script], folder: bench.folder });
  const work: SampleWork = {
    kind: 'command',
    unavailable: NO_JAIL,
    greets: sh('echo hello'),
    neverEnds: sh('echo begun; sleep 1000'),
    floods: sh('yes'),
    hogs: sh('tail /dev/zero'),
  };
  return { provider: bench.provider, work: [work], close: () => bench.close() };
});

describe.skipIf(NO_JAIL !== '')(`a command${NO_JAIL}`, () => {
  let bench: CommandBench;

  beforeEach(async () => {
    bench = await CommandBench.open();
  });

  afterEach(async () => bench.close());

  it('may fail: that is a result [SBX-1]', async () => {
    expect(await bench.sh('echo a; echo b >&2; exit 3')).toEqual({
      exitCode: 3,
      stdout: 'a\n',
      stderr: 'b\n',
      value: null,
    });
  });

  it('that does not exist, or is no program, ends with 127 or 126 [SBX-1]', async () => {
    expect(await bench.run(['no-such-program'])).toMatchObject({ exitCode: 127 });
    expect(await bench.run(['/usr'])).toMatchObject({ exitCode: 126 });
  });

  it.each(['SIGKILL', 'SIGTERM', 'SIGSEGV'] as const)(
    'that ends by %s ends with 128 and its number [SBX-1]',
    async (signal) => {
      const script = `kill -${signal.slice(3)} $$`;
      expect(await bench.sh(script)).toMatchObject({ exitCode: 128 + constants.signals[signal] });
    },
  );

  it('gets its words as they are: no shell reads them [SBX-1]', async () => {
    const words = ['$HOME', '`id`', '; id', "it's", '"', '*', '', '--', '\n', 'ü'];
    expect((await bench.run(['printf', '%s|', ...words])).stdout).toBe(words.map((word) => `${word}|`).join(''));
  });

  it('may open its outputs by their names [SBX-1]', async () => {
    const { stdout, stderr } = await bench.sh('echo a > /dev/stdout; echo b > /dev/stderr; echo c | tee /dev/stderr');
    expect([stdout, stderr]).toEqual(['a\nc\n', 'b\nc\n']);
  });

  it('reads an empty input [SBX-1]', async () => {
    expect(await bench.run(['cat'])).toMatchObject({ exitCode: 0, stdout: '' });
  });

  it('may write what is no text [SBX-1]', async () => {
    expect((await bench.sh(String.raw`printf 'a\377b'`)).stdout).toBe('a\u{FFFD}b');
  });
});

describe.skipIf(NO_JAIL !== '')(`many commands${NO_JAIL}`, () => {
  it('wait for their turn until they are cancelled, and leave room for others [SBX-2]', async () => {
    const bench = await CommandBench.open(undefined, 2);
    onTestFinished(() => bench.close());
    const stop = new AbortController();
    const hog = { fairnessKey: 'hog', signal: stop.signal };
    const [first, second] = [newId(), newId()];
    const runs = [first, second].map((name) => bench.failure(`sleep 1000; : ${name}`, hog));
    await expect.poll(() => processesNamed(first).length).toBeGreaterThan(0);
    expect(await bench.sh('echo served', { fairnessKey: 'other' })).toMatchObject({ stdout: 'served\n' });
    expect(processesNamed(second)).toEqual([]);
    stop.abort();
    expect((await Promise.all(runs)).map(({ code }) => code)).toEqual(['cancelled', 'cancelled']);
  });
});

describe.skipIf(NO_JAIL !== '')(`a jail that cannot be built${NO_JAIL}`, () => {
  it('keeps what bubblewrap says about it, for operators [SBX-1]', async () => {
    const folder = await mkdtemp(join(await realpath(tmpdir()), 'av-jail-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const readOnly = [{ source: join(folder, 'missing'), target: '/missing' }];
    const spec = { argv: ['true'], readOnly, writable: [], env: {}, cwd: '/', limits: DEFAULT_LIMITS };
    const failure = await new BubblewrapJail(join(folder, 'jail')).start(spec).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'sandbox_died', message: expect.not.stringContaining(folder) });
    expect(failure).toHaveProperty('cause.message', expect.stringMatching(/bwrap: .*missing/));
  });
});

describe('the local sandbox without a jail', () => {
  it('refuses, and says what to install [SBX-1]', async () => {
    const health = { ok: false, detail: 'bubblewrap is not installed.', remedy: 'Install bubblewrap.' };
    const jail: Jail = {
      name: 'none',
      forCommands: true,
      health: async () => health,
      start: async () => Promise.reject(new Error('must not be started')),
    };
    const provider = new LocalProvider([jail], join(tmpdir(), `agent-village-${newId()}`));
    expect(await provider.health()).toEqual(health);
    const work: CommandWork = { kind: 'command', argv: ['id'], folder: '/nowhere' };
    const run = provider.run({ work, signal: new AbortController().signal });
    await expect(run).rejects.toMatchObject({
      code: 'sandbox_unavailable',
      message: 'bubblewrap is not installed. Install bubblewrap.',
    });
  });
});
