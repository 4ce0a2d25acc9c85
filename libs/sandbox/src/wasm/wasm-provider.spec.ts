import type { JsonObject } from '#libs/kernel';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WasmBench } from '../conformance/wasm-bench.js';
import type { Jail, JailedProcess } from '../jail/jail.js';
import { BareProcess } from './bare-process.js';

/** Counts the processes that are started. */
class Counting implements Jail {
  readonly name = 'counting';
  readonly forCommands = false;
  readonly started: JailedProcess[] = [];
  private readonly bare = new BareProcess();

  constructor(private readonly works = true) {}

  async health() {
    return this.works
      ? { ok: true, detail: 'Counts.', remedy: null }
      : { ok: false, detail: 'It does not work.', remedy: 'Install it.' };
  }

  async start(spec: Parameters<Jail['start']>[0]): Promise<JailedProcess> {
    // Outside of a jail things are where they are on the host.
    const mounts = spec.readOnly.toSorted((one, other) => other.target.length - one.target.length);
    const onHost = (text: string) => mounts.reduce((all, { source, target }) => all.replace(target, source), text);
    const process = await this.bare.start({ ...spec, argv: spec.argv.map(onHost), cwd: '/' });
    this.started.push(process);
    return process;
  }
}

/** Gives back the request that an interpreter gets. */
class Revealing implements Jail {
  readonly name = 'revealing';
  readonly forCommands = false;
  private readonly bare = new BareProcess();

  async health() {
    return { ok: true, detail: 'Reveals.', remedy: null };
  }

  start(spec: Parameters<Jail['start']>[0]): Promise<JailedProcess> {
    const script = String.raw`
      console.log('["ready"]');
      console.log('["value",' + require('node:fs').readFileSync(0, 'utf8') + ']');`;
    return this.bare.start({ ...spec, argv: [process.execPath, '--eval', script], cwd: '/' });
  }
}

async function benchWith(jail: Jail, options: { slots?: number; idleMs?: number } = {}): Promise<WasmBench> {
  const bench = await WasmBench.open({ jails: [jail], ...options });
  onTestFinished(() => bench.close());
  return bench;
}

const pidsOf = ({ started }: Counting) => started.map(({ pid }) => pid);

describe('WasmProvider', () => {
  it('uses each process for one run, and has the next one loaded meanwhile [SBX-1]', async () => {
    const jail = new Counting();
    const bench = await benchWith(jail);
    for (let run = 1; run <= 3; run += 1) {
      expect(await bench.value('javascript', 'globalThis.runs = (globalThis.runs ?? 0) + 1')).toBe(1);
      await expect.poll(() => jail.started.length).toBe(run + 1);
    }
    expect(new Set(pidsOf(jail)).size).toBe(jail.started.length);
  });

  it('leaves no process behind when it is closed, and starts none afterwards [SBX-2]', async () => {
    const jail = new Counting();
    const bench = await benchWith(jail);
    await bench.value('javascript', '1');
    await bench.provider.close();
    await Promise.all(jail.started.map(({ exited }) => exited));
    const { length } = jail.started;
    await bench.value('javascript', '1');
    expect(jail.started).toHaveLength(length + 1);
  });

  it('gives up a loaded process that nobody needs [SBX-2]', async () => {
    const jail = new Counting();
    const bench = await benchWith(jail, { idleMs: 1 });
    await bench.value('javascript', '1');
    await expect.poll(() => jail.started.length).toBe(2);
    await Promise.all(jail.started.map(({ exited }) => exited));
    expect(await bench.value('javascript', '2')).toBe(2);
  });

  it('does without a loaded process that has died [SBX-1]', async () => {
    const jail = new Counting();
    const bench = await benchWith(jail);
    await bench.value('javascript', '1');
    await expect.poll(() => jail.started.length).toBe(2);
    for (const process of jail.started) process.kill();
    await Promise.all(jail.started.map(({ exited }) => exited));
    expect(await bench.value('javascript', '2')).toBe(2);
  });

  it('lets no more runs go on at once than it has room for; waiting does not count as time [SBX-2]', async () => {
    const bench = await benchWith(new Counting(), { slots: 1 });
    const long = bench.failure('javascript', 'while (true);', { limits: { wallMs: 1500 } });
    const short = bench.run('javascript', '1', { limits: { wallMs: 1000 } });
    const controller = new AbortController();
    const cancelled = bench.failure('javascript', '1', { signal: controller.signal });
    controller.abort();
    expect((await cancelled).code).toBe('cancelled');
    expect((await long).code).toBe('sandbox_timeout');
    expect((await short).value).toBe(1);
  });

  it('keeps nobody waiting for one who runs as much as may be, and none for long [SBX-2]', async () => {
    const bench = await benchWith(new Counting(), { slots: 2 });
    const controller = new AbortController();
    const hog = { fairnessKey: 'hog', signal: controller.signal, limits: { wallMs: 3_400_000 } };
    const hogs = Array.from({ length: 4 }, () => bench.failure('javascript', 'while (true);', hog));
    expect(await bench.value('javascript', '1 + 1', { fairnessKey: 'other' })).toBe(2);
    expect(await bench.value('javascript', '1 + 2', { fairnessKey: 'other' })).toBe(3);
    controller.abort();
    expect((await Promise.all(hogs)).map(({ code }) => code)).toEqual(Array(4).fill('cancelled'));
  });

  it('runs short work while all room is taken by long work [SBX-2]', async () => {
    const bench = await benchWith(new Counting(), { slots: 1 });
    const controller = new AbortController();
    const long = bench.failure('javascript', 'while (true);', { signal: controller.signal });
    expect(await bench.value('javascript', '1 + 1', { short: true })).toBe(2);
    controller.abort();
    await long;
  });

  it.each([
    [true, 5_000],
    [false, 120_000],
  ])('gives code no more time than it may have, whatever was asked for; short work: %s [SBX-2]', async (short, ms) => {
    const bench = await benchWith(new Revealing());
    const { wallMs } = (await bench.value('javascript', '', { short, limits: { wallMs: 3_600_000 } })) as JsonObject;
    expect(wallMs).toBe(ms);
  });

  it('says that Python needs a jail, and what to install [SBX-1]', async () => {
    const bench = await benchWith(new Counting(false));
    expect(await bench.provider.health('python')).toEqual({
      ok: false,
      detail: 'Python needs a jail, and none works here. counting: It does not work.',
      remedy: 'Install it.',
    });
    expect(await bench.failure('python', '1')).toMatchObject({
      code: 'sandbox_unavailable',
      message: 'counting: It does not work. Install it.',
    });
  });

  it('says once what would make several jails work [SBX-1]', async () => {
    const bench = await WasmBench.open({ jails: [new Counting(false), new Counting(false)] });
    onTestFinished(() => bench.close());
    expect(await bench.provider.health('python')).toHaveProperty('remedy', 'Install it.');
  });

  it('runs JavaScript without a jail where there is none, since it is a boundary itself [SBX-1]', async () => {
    const bench = await benchWith(new Counting(false));
    expect(await bench.provider.health('javascript')).toMatchObject({ ok: true });
    expect(await bench.value('javascript', '1 + 1')).toBe(2);
  });

  it('says so when an interpreter does not start, and tells only operators why [SBX-1]', async () => {
    const broken: Jail = {
      name: 'broken',
      forCommands: false,
      health: () => new Counting().health(),
      start: (spec) => new BareProcess().start({ ...spec, argv: [process.execPath, '--no-such-option'], cwd: '/' }),
    };
    const failure = await (await benchWith(broken)).failure('javascript', '1');
    expect(failure).toMatchObject({ code: 'sandbox_died', message: expect.stringContaining('did not start') });
    expect(failure.cause).toMatchObject({ message: expect.stringContaining('--no-such-option') });
  });

  it('runs no commands [SBX-1]', async () => {
    const bench = await benchWith(new Counting());
    expect(await bench.provider.health('command')).toMatchObject({ ok: false });
    const request = {
      work: { kind: 'command', argv: ['true'], folder: '/' },
      signal: new AbortController().signal,
    } as const;
    await expect(bench.provider.run(request)).rejects.toMatchObject({ code: 'sandbox_unavailable' });
  });
});
