import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '#libs/kernel';
import { CommandBench, NO_JAIL } from '../conformance/command-bench.js';
import { processesNamed } from '../conformance/processes.js';
import { DEFAULT_LIMITS } from '../sandbox.port.js';

const MIB = 1024 * 1024;

let bench: CommandBench;
let other: CommandBench;

beforeEach(async () => {
  bench = await CommandBench.open();
  other = await CommandBench.open();
});

afterEach(async () => {
  await bench.close();
  await other.close();
});

/** While hostile work runs, this process goes on, and another command gets its turn. */
async function whileServing<Result>(work: Promise<Result>): Promise<Result> {
  let last = performance.now();
  let longest = 0;
  const tick = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(tick, 10);
  try {
    const [outcome, served] = await Promise.all([work, other.sh('echo served')]);
    expect(served).toMatchObject({ exitCode: 0, stdout: 'served\n' });
    tick();
    // No measure of speed: only a thread that was blocked stops for so long.
    expect(longest).toBeLessThan(3000);
    return outcome;
  } finally {
    clearInterval(timer);
  }
}

describe.skipIf(NO_JAIL !== '')(`a hostile command${NO_JAIL}`, () => {
  it('that loops for ever is stopped when its time is over [SBX-2]', async () => {
    const failure = await whileServing(bench.failure('echo begun; while :; do :; done', { limits: { wallMs: 500 } }));
    expect(failure).toMatchObject({ code: 'sandbox_timeout', output: { stdout: 'begun\n' } });
    expect(failure.message).toContain('0.5 s');
  });

  it('that sleeps past its time is stopped [SBX-2]', async () => {
    expect(await bench.failure('sleep 1000', { limits: { wallMs: 300 } })).toHaveProperty('code', 'sandbox_timeout');
  });

  it('that is a fork bomb is held and stopped [SBX-2]', async () => {
    const bomb = '(f() { f | f & }; f) & exec sleep 1000';
    const failure = await whileServing(bench.failure(bomb, { limits: { wallMs: 1000 } }));
    expect(['sandbox_processes', 'sandbox_timeout']).toContain(failure.code);
  });

  it('that starts too many processes is stopped [SBX-2]', async () => {
    const many = 'i=0; while [ $i -lt 20 ]; do sleep 1000 & i=$((i+1)); done; wait';
    expect(await bench.failure(many, { limits: { processes: 10 } })).toHaveProperty('code', 'sandbox_processes');
    expect(await bench.sh('sleep 0.3 & sleep 0.3 & wait', { limits: { processes: 10 } })).toHaveProperty('exitCode', 0);
  });

  it('that takes too much memory is stopped [SBX-2]', async () => {
    // `tail` keeps what has no end of line.
    const failure = await whileServing(bench.failure('tail /dev/zero', { limits: { memoryBytes: 64 * MIB } }));
    expect(failure).toHaveProperty('code', 'sandbox_memory');
  });

  it('that takes too much memory by many children is stopped [SBX-2]', async () => {
    const child = '(head -c 20M /dev/zero; sleep 1000) | tail > /dev/null &';
    const failure = await bench.failure(`${child.repeat(6)} wait`, { limits: { memoryBytes: 64 * MIB } });
    expect(failure).toHaveProperty('code', 'sandbox_memory');
  });

  it.each(['/tmp', '/dev/shm'])('finds a folder of its own in %s, and nothing of others [SBX-2]', async (folder) => {
    const script = `ls -A ${folder}; echo x > ${folder}/x; cat ${folder}/x`;
    for (const each of [bench, bench, other])
      expect(await each.sh(script)).toMatchObject({ stdout: 'x\n', stderr: '' });
  });

  it('cannot hold much memory of the kernel by sockets and pipes [SBX-2]', async () => {
    expect((await bench.sh('ulimit -n; ulimit -Hn')).stdout).toBe('256\n256\n');
  });

  it.each(['yes', 'yes >&2'])('that floods its output by `%s` is stopped [SBX-2]', async (flood) => {
    const failure = await whileServing(bench.failure(flood, { limits: { outputBytes: 100_000 } }));
    expect(failure).toHaveProperty('code', 'sandbox_output');
    expect(JSON.stringify(failure.output)).toMatch(/"(y\\n){50000}"/);
  });

  it('that ignores SIGTERM is stopped, its children too [SBX-2]', async () => {
    const name = `never-${newId()}`;
    const script = `trap '' TERM INT HUP; (trap '' TERM; sh -c 'while :; do sleep 1; done' ${name}) & setsid sh -c 'while :; do sleep 1; done' ${name} & wait`;
    const run = bench.failure(script, { limits: { wallMs: 700 } });
    await expect.poll(() => processesNamed(name).length).toBeGreaterThan(1);
    expect(await run).toHaveProperty('code', 'sandbox_timeout');
    expect(processesNamed(name)).toEqual([]);
  });

  it('cannot leave a daemon behind [SBX-2]', async () => {
    const name = `daemon-${newId()}`;
    const daemon = `while :; do sleep 0.05; echo x >> beats; done`;
    // Twice forked, in a session of its own, with nothing open that anybody waits for.
    const script = `(setsid sh -c '${daemon}' ${name} </dev/null >/dev/null 2>&1 &) ; sleep 0.3; echo done`;
    expect(await bench.sh(script)).toMatchObject({ exitCode: 0, stdout: 'done\n' });
    expect(processesNamed(name)).toEqual([]);
    const beats = await readFile(join(bench.folder, 'beats'), 'utf8');
    await wait(200);
    expect(await readFile(join(bench.folder, 'beats'), 'utf8')).toBe(beats);
  });

  it.each([
    ['one file', 'head -c 200M /dev/zero > big; sleep 1000'],
    ['many files', 'i=0; while :; do head -c 2M /dev/zero > f$i; i=$((i+1)); done'],
    ['a name that is no text', 'head -c 200M /dev/zero > "$(printf "\\377")"; sleep 1000'],
    ['empty files', 'i=0; while [ $i -lt 5000 ]; do : > f$i; i=$((i+1)); done; sleep 1000'],
    ['empty temporary files', 'cd /tmp; i=0; while [ $i -lt 5000 ]; do : > f$i; i=$((i+1)); done; sleep 1000'],
    ['shared memory', 'head -c 200M /dev/zero > /dev/shm/big; sleep 1000'],
    ['temporary files beside others', 'head -c 10M /dev/zero > a; head -c 10M /dev/zero > /tmp/b; sleep 1000'],
  ])('that fills the disk by %s is stopped [SBX-2]', async (_, script) => {
    const failure = await whileServing(bench.failure(script, { limits: { diskBytes: 16 * MIB } }));
    expect(failure).toHaveProperty('code', 'sandbox_disk');
  });

  it('is over soon after it was cancelled, with all of its processes [SBX-2]', async () => {
    const name = `cancelled-${newId()}`;
    const controller = new AbortController();
    const run = bench.failure(`trap '' TERM; sh -c 'sleep 1000; :' ${name}`, { signal: controller.signal });
    await expect.poll(() => processesNamed(name).length).toBeGreaterThan(0);
    controller.abort();
    expect(await run).toHaveProperty('code', 'cancelled');
    expect(processesNamed(name)).toEqual([]);
  });

  it('leaves no mount and no file of its own behind [SBX-2]', async () => {
    const mounts = await readFile('/proc/self/mounts', 'utf8');
    const before = await readdir(bench.root, { recursive: true });
    await bench.sh('echo x > /tmp/x; mkdir -p a/b; echo y > a/b/c');
    await bench.failure('sleep 1000', { limits: { wallMs: 200 } });
    expect(await readFile('/proc/self/mounts', 'utf8')).toBe(mounts);
    const made = ['a', 'a/b', 'a/b/c'].map((path) => `folder/${path}`);
    const kept = (await readdir(bench.root, { recursive: true })).filter((path) => !path.startsWith('jail'));
    const all = [...before.filter((path) => !path.startsWith('jail')), ...made, 'temporary'];
    expect(kept.toSorted()).toEqual(all.toSorted());
  });

  it('that is cut off with its jail is told as such [SBX-1]', async () => {
    const name = `cut-off-${newId()}`;
    const run = bench.failure(`echo begun; : > begun; sleep 1000; : ${name}`);
    await expect.poll(() => existsSync(join(bench.folder, 'begun'))).toBe(true);
    process.kill(Math.min(...processesNamed(name)), 'SIGKILL');
    expect(await run).toMatchObject({ code: 'sandbox_died', output: { stdout: 'begun\n' } });
    expect(processesNamed(name)).toEqual([]);
  });

  it('ends with the program, also when that is killed [SBX-2]', async () => {
    const name = `orphan-${newId()}`;
    const bubblewrap = pathToFileURL(resolve('libs/sandbox/src/jail/bubblewrap-jail.ts')).href;
    const limits = { ...DEFAULT_LIMITS, wallMs: 60_000 };
    const spec = {
      argv: ['sh', '-c', 'while :; do sleep 1; done', name],
      readOnly: [],
      writable: [],
      env: {},
      cwd: '/',
      limits,
    };
    const program = `
      import { BubblewrapJail } from ${JSON.stringify(bubblewrap)};
      await new BubblewrapJail(${JSON.stringify(join(bench.root, 'other'))}).start(${JSON.stringify(spec)});
      setInterval(() => {}, 1000);`;
    const loader = ['--conditions=development', '--import', './scripts/typescript.mjs', '--input-type=module'];
    const child = spawn(process.execPath, [...loader, '--eval', program], { stdio: 'ignore' });
    // Beside the program itself, whose command line holds the name, too.
    const orphans = (): number[] => processesNamed(name).filter((pid) => pid !== child.pid);
    await expect.poll(() => orphans().length, { timeout: 20_000 }).toBeGreaterThan(1);
    child.kill('SIGKILL');
    await expect.poll(() => orphans(), { timeout: 5000 }).toEqual([]);
  });
});
