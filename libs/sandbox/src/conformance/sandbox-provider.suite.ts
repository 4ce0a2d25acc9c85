import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type RunLimits,
  SandboxFailure,
  type SandboxProvider,
  type SandboxWork,
  type WorkKind,
} from '../sandbox.port.js';

/** Work of one kind that does what every provider has to manage. */
export interface SampleWork {
  readonly kind: WorkKind;
  /** Why the provider cannot run it on this machine; empty where it can. */
  readonly unavailable: string;
  /** Writes `hello` and nothing else to standard output. */
  readonly greets: SandboxWork;
  /** Writes `begun`, and never ends. */
  readonly neverEnds: SandboxWork;
  /** Writes more and more to standard output. */
  readonly floods: SandboxWork;
  /** Takes more and more memory. */
  readonly hogs: SandboxWork;
}

interface Opened {
  readonly provider: SandboxProvider;
  readonly work: readonly SampleWork[];
  close(): Promise<void>;
}

/** What all sandboxes have in common. `kinds` must be known before the tests are collected. */
export function describeSandboxProvider(
  name: string,
  kinds: readonly Pick<SampleWork, 'kind' | 'unavailable'>[],
  open: () => Promise<Opened>,
): void {
  // oxlint-disable-next-line vitest/valid-title -- each provider that is described has its name
  describe(name, () => {
    let opened: Opened;

    beforeAll(async () => {
      opened = await open();
    });

    afterAll(async () => opened.close());

    it('says what it runs, and whether it can [SBX-1]', async () => {
      const { provider } = opened;
      expect(provider.kinds.toSorted()).toEqual(kinds.map(({ kind }) => kind).toSorted());
      for (const { kind, unavailable } of kinds) {
        const { ok, detail, remedy } = await provider.health(kind);
        expect([ok, remedy === null, detail !== '']).toEqual([unavailable === '', ok, true]);
      }
    });

    describe.each(kinds.map(({ kind, unavailable }) => [kind, unavailable] as const))(
      'running %s%s',
      (kind, unavailable) => {
        const sample = (): SampleWork => opened.work.find((work) => work.kind === kind)!;
        const run = (work: SandboxWork, limits: Partial<RunLimits> = {}, signal = new AbortController().signal) =>
          opened.provider.run({ work, signal, limits });
        const failureOf = async (work: SandboxWork, limits?: Partial<RunLimits>, signal?: AbortSignal) => {
          const outcome = await run(work, limits, signal).catch((error: unknown) => error);
          if (outcome instanceof SandboxFailure) return outcome;
          throw new Error(`it should have failed, but gave ${JSON.stringify(outcome)}`);
        };
        const able = unavailable === '';

        it.runIf(able)('gives what it wrote [SBX-1]', async () => {
          const { stdout, stderr, exitCode } = await run(sample().greets);
          expect([stdout.trim(), stderr, exitCode]).toEqual(['hello', '', 0]);
        });

        it.runIf(able)('runs several at the same time, each for itself [SBX-1]', async () => {
          const [first, stopped, second] = await Promise.all([
            run(sample().greets),
            failureOf(sample().neverEnds, { wallMs: 1000 }),
            run(sample().greets),
          ]);
          expect([first.stdout.trim(), second.stdout.trim(), stopped.code]).toEqual([
            'hello',
            'hello',
            'sandbox_timeout',
          ]);
        });

        it.runIf(able)('stops it when its time is over, and gives what there was until then [SBX-2]', async () => {
          const failure = await failureOf(sample().neverEnds, { wallMs: 1500 });
          expect(failure.code).toBe('sandbox_timeout');
          expect(failure.output['stdout']).toMatch(/^begun\s*$/);
        });

        it.runIf(able)('stops it when it takes too much memory [SBX-2]', async () => {
          expect(await failureOf(sample().hogs, { memoryBytes: 64 * 1024 * 1024 })).toHaveProperty(
            'code',
            'sandbox_memory',
          );
        });

        it.runIf(able)('stops it when it writes too much [SBX-2]', async () => {
          expect(await failureOf(sample().floods, { outputBytes: 50_000 })).toHaveProperty('code', 'sandbox_output');
        });

        it.runIf(able)('stops it by the signal, and does not begin when that was given before [SBX-2]', async () => {
          const controller = new AbortController();
          const stopped = failureOf(sample().neverEnds, {}, controller.signal);
          setTimeout(() => controller.abort(), 200);
          expect(await stopped).toHaveProperty('code', 'cancelled');
          expect(await failureOf(sample().greets, {}, controller.signal)).toHaveProperty('code', 'cancelled');
        });
      },
    );
  });
}
