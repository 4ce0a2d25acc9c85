import { COMMON_ERRORS } from '#libs/kernel';
import { describe, expect, it } from 'vitest';
import { TEST_LIMITS, catalogueOf, newGoal, ok } from '../conformance/kit.js';
import type { Standing } from '../ports/authority.js';
import type { GoalRecord, TaskApproval } from '../ports/goal.js';
import { argumentsHash } from './arguments-hash.js';
import { CHECKS } from './checks.js';
import { Gate } from './gate.js';

const limits = { ...TEST_LIMITS, goalActiveMs: 1_000, goalConcurrency: 2 };
const { goal } = newGoal({ tasks: [{ id: 'a', tool: 'fine' }] });
const APPROVER = { kind: 'user', id: 'usr_1', name: 'Ada' };
const HALT = { scope: 'tenant', by: APPROVER, reason: 'fire drill' } as const;

interface Given {
  readonly standing?: Partial<Standing>;
  readonly goal?: Partial<GoalRecord>;
  readonly activeMs?: number;
  readonly approval?: Partial<TaskApproval>;
  readonly mayApprove?: boolean;
  readonly asked?: () => void;
  readonly signal?: AbortSignal;
  readonly run?: () => Promise<void>;
}

function setUp(given: Given = {}) {
  let calls = 0;
  const catalogue = catalogueOf({
    fine: { run: () => ok({}) },
    deadly: { risk: 'CRITICAL', run: () => ok({}) },
    ship: { action: 'deploy', effect: 'non_idempotent', run: () => ok({}) },
    compute: { action: 'code', runsCode: 'wasm', run: () => ok({}) },
    shell: { action: 'code', runsCode: 'local', run: () => ok({}) },
  });
  const runner = {
    run: async () => {
      calls += 1;
      await given.run?.();
      return ok({});
    },
  };
  const standing: Standing = {
    halt: null,
    mayRunTools: true,
    rules: { allowedTools: null, wasmCodeNeedsApproval: true },
    ...given.standing,
  };
  const authority = {
    standingOf: async () => {
      given.asked?.();
      return standing;
    },
    mayApprove: async () => given.mayApprove ?? true,
  };
  const gate = new Gate(runner, authority, limits);
  const signal = given.signal ?? new AbortController().signal;
  const request = (tool: string, toolArguments = {}) => {
    const approvable = { tool, arguments: toolArguments, checkCommand: null };
    const hash = argumentsHash(approvable);
    const approval = {
      id: 'x',
      hash,
      state: 'approved',
      expiresAt: 0,
      by: APPROVER,
      uncertain: null,
      ...given.approval,
    } as const;
    return {
      tool: catalogue.find(tool)!,
      arguments: toolArguments,
      goal: { ...goal, ...given.goal },
      activeMs: given.activeMs ?? 0,
      approvable,
      approval: given.approval ? approval : null,
    };
  };
  const pass = (tool: string, toolArguments = {}) =>
    gate.pass(request(tool, toolArguments), {
      tool,
      arguments: toolArguments,
      tenantId: goal.tenantId,
      goalId: goal.id,
      taskId: goal.id,
      attempt: 1,
      idempotencyKey: null,
      timeoutSeconds: 1,
      signal,
    });
  const judge = (tool: string, toolArguments = {}) => gate.judge(request(tool, toolArguments), signal);
  return { pass, judge, calls: () => calls };
}

describe('the gate', () => {
  it('asks again while it cannot be known how things stand, and runs nothing until it knows [SAF-1, ORC-16]', async () => {
    let asked = 0;
    const away = (times: number) => () => {
      if (asked++ < times) throw COMMON_ERRORS.make('unavailable', 'The database cannot be reached right now.');
    };
    const back = setUp({ asked: away(2) });
    expect(await back.pass('fine')).toMatchObject({ kind: 'ran' });
    expect([asked, back.calls()]).toEqual([3, 1]);

    const stop = new AbortController();
    const gone = setUp({ asked: away(Infinity), signal: stop.signal });
    setTimeout(() => stop.abort(), 20);
    expect(await gone.pass('fine')).toEqual({ kind: 'unasked' });
    expect(gone.calls()).toBe(0);
  });

  it('asks its checks in the order that is the policy [SAF-1]', () => {
    expect(CHECKS.map((check) => check.name)).toEqual(
      'kill switch, permission, allowed tools, recursion, tokens, agent spawn, time, risk, concurrency, blocked actions, approval'.split(
        ', ',
      ),
    );
  });

  const usage = { depth: 0, tokens: 0, agents: 0 };
  it.each<[code: string, tool: string, Given, toolArguments: object, violation: boolean]>([
    ['permission_lost', 'fine', { standing: { mayRunTools: false } }, {}, true],
    [
      'tool_not_allowed',
      'fine',
      { standing: { rules: { allowedTools: ['ship'], wasmCodeNeedsApproval: true } } },
      {},
      true,
    ],
    ['depth_limit', 'fine', { goal: { usage: { ...usage, depth: 11 } } }, {}, false],
    ['token_limit', 'fine', { goal: { usage: { ...usage, tokens: 500_000 } } }, {}, false],
    ['agent_limit', 'fine', { goal: { usage: { ...usage, agents: 51 } } }, {}, false],
    ['time_limit', 'fine', { activeMs: 1_000 }, {}, false],
    ['risk_too_high', 'deadly', {}, {}, true],
    ['path_outside_workspace', 'fine', {}, { path: '../x' }, true],
    // A blocked action is refused before anybody is bothered with it.
    ['path_outside_workspace', 'ship', {}, { path: '../x' }, true],
  ])('refuses with %s and runs nothing [SAF-1, SAF-2, TOL-4]', async (code, tool, given, toolArguments, violation) => {
    const { pass, calls } = setUp(given);
    expect(await pass(tool, toolArguments)).toMatchObject({ kind: 'refused', error: { code }, violation });
    expect(calls()).toBe(0);
  });

  it('refuses a call over the limit of calls at once, which may be tried again [SAF-2]', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { pass } = setUp({ run: () => promise });
    const running = [pass('fine'), pass('fine')];
    await new Promise((done) => setImmediate(done));
    expect(await pass('fine')).toMatchObject({ error: { code: 'concurrency_limit' }, retryable: true });
    resolve();
    await Promise.all(running);
    expect(await pass('fine')).toMatchObject({ kind: 'ran' });
  });

  it('lets nothing pass under a kill switch, whatever else is true [SAF-7]', async () => {
    const { pass, calls } = setUp({ standing: { halt: HALT, mayRunTools: false } });
    expect(await pass('fine')).toEqual({ kind: 'halted', halt: HALT, check: 'kill switch' });
    expect(calls()).toBe(0);
  });

  it('lets pass what no check refuses, once [SAF-1]', async () => {
    const { pass, calls } = setUp();
    expect(await pass('fine', { path: 'in.csv' })).toMatchObject({ kind: 'ran' });
    expect(calls()).toBe(1);
  });

  it('judges without running anything [SAF-1]', async () => {
    const { judge, calls } = setUp();
    expect(await judge('fine')).toEqual({ kind: 'allowed' });
    expect(await judge('deadly')).toMatchObject({ kind: 'refused', check: 'risk' });
    expect(await judge('ship')).toMatchObject({ kind: 'asks', check: 'approval', action: 'deploy' });
    expect(calls()).toBe(0);
  });
});

describe('the approval that a call needs', () => {
  const ship = { target: 'production', n: 1 };

  it.each<[string, Given]>([
    ['nobody was asked', {}],
    ['nobody has decided', { approval: { state: 'pending' } }],
    [
      'the arguments have changed since',
      { approval: { hash: argumentsHash({ tool: 'ship', arguments: { target: 'test' }, checkCommand: null }) } },
    ],
    [
      'it was given for another tool',
      { approval: { hash: argumentsHash({ tool: 'fine', arguments: ship, checkCommand: null }) } },
    ],
    [
      'it was given without the check',
      { approval: { hash: argumentsHash({ tool: 'ship', arguments: ship, checkCommand: ['true'] }) } },
    ],
    ['whoever approved lost the right', { approval: {}, mayApprove: false }],
  ])('is missing where %s: a person is asked, and nothing runs [SAF-3]', async (_, given) => {
    const { pass, calls } = setUp(given);
    expect(await pass('ship', ship)).toMatchObject({ kind: 'asks', action: 'deploy' });
    expect(calls()).toBe(0);
  });

  it('is there for exactly what was approved, in whatever order its fields are written [SAF-3]', async () => {
    const hash = argumentsHash({ tool: 'ship', arguments: { n: 1, target: 'production' }, checkCommand: null });
    const { pass } = setUp({ approval: { hash } });
    expect(await pass('ship', ship)).toMatchObject({ kind: 'ran' });
  });

  it('is not needed for code in the wasm sandbox where the tenant says so, and for other code still [SAF-3]', async () => {
    const relaxed = setUp({ standing: { rules: { allowedTools: null, wasmCodeNeedsApproval: false } } });
    expect(await relaxed.pass('compute')).toMatchObject({ kind: 'ran' });
    expect(await relaxed.pass('shell')).toMatchObject({ kind: 'asks', action: 'code' });
    expect(await setUp().pass('compute')).toMatchObject({ kind: 'asks', action: 'code' });
  });
});
