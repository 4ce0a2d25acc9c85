import { COMMON_ERRORS } from '#libs/kernel';
import { describe, expect, it } from 'vitest';
import { catalogueOf, newGoal, ok } from '../conformance/kit.js';
import { Gate } from './gate.js';
import { CHECKS } from './checks.js';

const limits = { goalActiveMs: 1_000, goalConcurrency: 20 };
const { goal } = newGoal({ tasks: [{ id: 'a', tool: 'fine' }] });

function setUp(allowed: boolean | (() => boolean) = true, { signal } = new AbortController()) {
  let calls = 0;
  const catalogue = catalogueOf({
    fine: { run: () => ok({}) },
    deadly: { risk: 'CRITICAL', run: () => ok({}) },
  });
  const runner = {
    run: async () => {
      calls += 1;
      return ok({});
    },
  };
  const gate = new Gate(
    runner,
    { mayRunTools: async () => (typeof allowed === 'function' ? allowed() : allowed) },
    limits,
  );
  const pass = (tool: string, given = {}, activeMs = 0) =>
    gate.pass(
      {
        tool,
        arguments: given,
        tenantId: goal.tenantId,
        goalId: goal.id,
        taskId: goal.id,
        attempt: 1,
        timeoutSeconds: 1,
        signal,
      },
      catalogue.find(tool)!,
      goal,
      activeMs,
    );
  return { gate, pass, catalogue, calls: () => calls };
}

describe('the gate', () => {
  it('asks again while rights cannot be looked up, and runs nothing until it knows [SAF-1, ORC-16]', async () => {
    let asked = 0;
    const away = (times: number) => () => {
      if (asked++ < times) throw COMMON_ERRORS.make('unavailable', 'The database cannot be reached right now.');
      return true;
    };
    const back = setUp(away(2));
    expect(await back.pass('fine')).toMatchObject({ ok: true });
    expect([asked, back.calls()]).toEqual([3, 1]);

    const stop = new AbortController();
    const gone = setUp(away(Infinity), stop);
    setTimeout(() => stop.abort(), 20);
    expect(await gone.pass('fine')).toMatchObject({ ok: false, error: { code: 'interrupted' }, violation: false });
    expect(gone.calls()).toBe(0);
  });

  it('asks its checks in the order that is the policy [SAF-1]', () => {
    expect(CHECKS.map((check) => check.name)).toEqual(['time', 'rights', 'risk', 'blocked actions']);
  });

  it.each([
    ['time_limit', 'fine', {}, 1_000, true, false],
    ['permission_lost', 'fine', {}, 0, false, true],
    ['risk_too_high', 'deadly', {}, 0, true, true],
    ['path_outside_workspace', 'fine', { path: '../x' }, 0, true, true],
  ] as const)(
    'refuses with %s and runs nothing [SAF-1, SAF-2]',
    async (code, tool, given, activeMs, allowed, violation) => {
      const { pass, calls } = setUp(allowed);
      expect(await pass(tool, given, activeMs)).toMatchObject({
        ok: false,
        error: { code },
        retryable: false,
        violation,
      });
      expect(calls()).toBe(0);
    },
  );

  it('lets pass what no check refuses, once [SAF-1]', async () => {
    const { pass, calls } = setUp();
    expect(await pass('fine', { path: 'in.csv' })).toMatchObject({ ok: true });
    expect(calls()).toBe(1);
  });

  it('decides without running anything [SAF-1]', async () => {
    const { gate, catalogue, calls } = setUp();
    expect(await gate.decide(catalogue.find('fine')!, {}, goal)).toMatchObject({ allowed: true, check: null });
    expect(await gate.decide(catalogue.find('deadly')!, {}, goal)).toMatchObject({ allowed: false, check: 'risk' });
    expect(calls()).toBe(0);
  });
});
