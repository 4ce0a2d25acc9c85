import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '#libs/kernel';
import { CommandBench } from '../conformance/command-bench.js';
import { processesNamed } from '../conformance/processes.js';
import { PlainJail } from './plain-jail.js';

let bench: CommandBench;

beforeEach(async () => {
  bench = await CommandBench.open(() => new PlainJail());
});

afterEach(async () => bench.close());

describe.skipIf(process.platform !== 'linux')('commands without a jail (Linux only)', () => {
  it('work in their folder, and inherit no environment [SBX-1]', async () => {
    await writeFile(join(bench.folder, 'in.txt'), 'b\na\n');
    expect(await bench.sh('sort in.txt > out.txt; env | cut -d= -f1 | sort | tr "\\n" " "; exit 4')).toMatchObject({
      exitCode: 4,
      stdout: 'AGENT_VILLAGE_RUN HOME LANG LOGNAME PATH PWD TERM TMPDIR USER ',
    });
    expect(await readFile(join(bench.folder, 'out.txt'), 'utf8')).toBe('a\nb\n');
  });

  it('say plainly that there is no jail [SBX-1]', async () => {
    expect((await bench.provider.health()).detail).toContain('WITHOUT a jail');
  });

  it('end as shells say it [SBX-1]', async () => {
    expect(await bench.sh('kill -9 $$')).toHaveProperty('exitCode', 137);
    expect(await bench.run(['no-such-program'])).toHaveProperty('exitCode', 127);
  });

  it('are stopped at their limits, with children that have left them [SBX-2]', async () => {
    const name = `plain-${newId()}`;
    const daemon = `(setsid sh -c 'trap "" TERM; while :; do sleep 0.1; done' ${name} &)`;
    expect(await bench.failure(`${daemon}; sleep 1000`, { limits: { wallMs: 400 } })).toHaveProperty(
      'code',
      'sandbox_timeout',
    );
    expect(processesNamed(name)).toEqual([]);
    expect(await bench.failure('tail /dev/zero', { limits: { memoryBytes: 32 * 1024 * 1024 } })).toHaveProperty(
      'code',
      'sandbox_memory',
    );
    expect(await bench.failure('yes', { limits: { outputBytes: 1000 } })).toHaveProperty('code', 'sandbox_output');
  });

  it('leave no daemon behind when they end, unless it hides its environment; even then nobody waits for it [SBX-2]', async () => {
    const name = `plain-${newId()}`;
    await bench.sh(`(setsid sh -c 'while :; do sleep 0.1; done' ${name} &)`);
    expect(processesNamed(name)).toEqual([]);
    const hidden = await bench.sh(`(setsid env -i /bin/sh -c 'sleep 3; :' ${name} &); echo done`);
    expect(hidden).toHaveProperty('exitCode', 0);
    for (const pid of processesNamed(name)) process.kill(pid, 'SIGKILL');
  });
});
