import { newId, publicId, systemClock } from '#libs/kernel';
import { afterEach, describe, expect, it } from 'vitest';
import { InMemoryGoalStore } from '../conformance/in-memory-goal-store.js';
import { type KitOptions, engineOver, failed, ok, uncertain, until } from '../conformance/kit.js';
import { ACTOR, adoptEngine, setUp, stopEngines } from '../conformance/scene.js';
import type { TaskRecord } from '../ports/goal.js';
import type { ToolCall, ToolOutcome } from '../ports/tools.js';
import { replay } from '../replay/replay.js';

afterEach(stopEngines);

const REPEAT = { kind: 'repeat' } as const;
const tookEffect = (output?: object) => ({
  kind: 'took_effect' as const,
  ...(output && { output: { ...output } }),
});

/** A tool whose answers to the first calls are lost. */
function withPay(options: KitOptions & { readonly lost?: number } = {}) {
  const calls: ToolCall[] = [];
  const { lost = 1, ...rest } = options;
  const run = (call: ToolCall): ToolOutcome => {
    calls.push(call);
    return calls.length <= lost ? uncertain('The server cut the connection.') : ok({ paid: true });
  };
  const scene = setUp({ ...rest, tools: { pay: { effect: 'non_idempotent', run }, ...rest.tools } });
  return { ...scene, calls };
}

const PAY = { id: 'pay', tool: 'pay', arguments: { cents: 100, token: 'secret' }, retry: { max_attempts: 1 } };
const PLAN = { tasks: [PAY, { id: 'after', tool: 'echo', arguments: { was: { $ref: 'pay.output' } } }] };

describe('a call whose outcome is uncertain', () => {
  it('waits for a person, who sees all about it, and holds no lease meanwhile [TOL-7]', async () => {
    const { submit, engine, calls } = withPay();
    const goal = await submit(PLAN);
    const [asked] = await goal.pending();
    await until(async () => engine.size === 0);
    const { tasks, journal, events } = await goal.read();
    const [task] = tasks;
    expect(task).toMatchObject({ state: 'AWAITING_APPROVAL', attempts: 1, error: null });
    expect(asked).toMatchObject({
      tool: 'pay',
      action: null,
      arguments: { cents: 100, token: '***' },
      reason: 'Nobody knows whether pay took effect: The server cut the connection.',
      uncertain: { attempt: 1, since: task?.startedAt, idempotencyKey: calls[0]?.idempotencyKey },
    });
    expect(calls[0]?.idempotencyKey).toMatch(/^av-task_[0-9a-z]{26}-[0-9a-f]{16}$/);
    const started = journal.find(({ type }) => type === 'task.started');
    expect(started?.data).toMatchObject({
      attempt: 1,
      call: { tool: 'pay', arguments: { cents: 100, token: '***' }, idempotency_key: calls[0]?.idempotencyKey },
    });
    const required = { kind: 'uncertain', attempt: 1, idempotency_key: calls[0]?.idempotencyKey };
    expect(journal.find(({ type }) => type === 'approval.required')?.data).toMatchObject(required);
    expect(events.find(({ type }) => type === 'approval.required')?.data).toMatchObject(required);
    expect(JSON.stringify(journal)).not.toContain('secret');
  });

  it('is made once more with the same key where somebody says so, whatever attempts it may have [TOL-7]', async () => {
    const { submit, calls } = withPay({ lost: 2 });
    const goal = await submit(PLAN);
    const [first] = await goal.pending();
    await goal.decide(first!.id, true, ACTOR, REPEAT);
    const second = await until(async () => (await goal.pending()).find(({ id }) => id !== first!.id));
    expect(second).toMatchObject({ uncertain: { attempt: 2 } });
    await goal.decide(second.id, true, ACTOR, REPEAT);
    const { goal: end, tasks, journal } = await goal.end();
    expect(end.state).toBe('COMPLETED');
    expect(tasks[0]).toMatchObject({ state: 'SUCCEEDED', attempts: 3, output: { paid: true } });
    expect(calls.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(new Set(calls.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    const granted = journal.filter(({ type }) => type === 'approval.granted');
    expect(granted.map(({ actor, data }) => [actor, data?.['resolution']])).toEqual([
      [ACTOR, 'repeat'],
      [ACTOR, 'repeat'],
    ]);
  });

  it('has succeeded where somebody says that it took effect, with the output that they give [TOL-7]', async () => {
    const { submit, calls } = withPay();
    const goal = await submit(PLAN);
    const [asked] = await goal.pending();
    await goal.decide(asked!.id, true, ACTOR, tookEffect({ receipt: 7 }));
    const { goal: end, tasks, journal } = await goal.end();
    expect(end).toMatchObject({ state: 'COMPLETED', result: { outputs: { after: { was: { receipt: 7 } } } } });
    expect(tasks[0]).toMatchObject({ state: 'SUCCEEDED', attempts: 1, approval: { uncertain: { resolution: null } } });
    expect(calls).toHaveLength(1);
    const completed = journal.filter(({ type, data }) => type === 'task.completed' && data?.['key'] === 'pay');
    expect(completed).toMatchObject([{ data: { attempt: 1, call: { approved_by: ACTOR } } }]);
    expect(completed[0]?.data).not.toHaveProperty('call.duration_ms');
  });

  it('has the output null where none is given, and its check is made all the same [TOL-7, ORC-9]', async () => {
    const { submit } = withPay({ lost: 9 });
    const bare = await submit({ tasks: [PAY] });
    await bare.decide((await bare.pending())[0]!.id, true, ACTOR, tookEffect());
    expect((await bare.end()).tasks[0]).toMatchObject({ state: 'SUCCEEDED', output: null });
    for (const [output, state] of [
      [{ receipt: 7 }, 'COMPLETED'],
      [{ other: 7 }, 'FAILED'],
    ] as const) {
      const goal = await submit({ tasks: [{ ...PAY, check: { schema: { required: ['receipt'] } } }] });
      await goal.decide((await goal.pending())[0]!.id, true, ACTOR, tookEffect(output));
      const { goal: end } = await goal.end();
      expect([end.state, end.error?.code ?? null]).toEqual([state, state === 'FAILED' ? 'check_failed' : null]);
    }
  });

  it('whose check is a command has that run for what a person said, without being called again [TOL-7, ORC-9]', async () => {
    const commands: string[] = [];
    const run_command = {
      action: 'code' as const,
      effect: 'non_idempotent' as const,
      run: (call: ToolCall) => (commands.push(call.idempotencyKey ?? ''), ok({ exit_code: 0 })),
    };
    const { submit, calls } = withPay({ tools: { run_command } });
    const goal = await submit({ tasks: [{ ...PAY, check: { command: ['test', '-f', 'receipt'] } }] });
    await goal.decide((await goal.pending())[0]!.id, true);
    const asked = await until(async () => (await goal.pending()).find((each) => each.uncertain));
    expect(asked).toMatchObject({ action: 'code', checkCommand: ['test', '-f', 'receipt'] });
    await goal.decide(asked.id, true, ACTOR, tookEffect({ receipt: 7 }));
    expect((await goal.end()).tasks[0]).toMatchObject({ state: 'SUCCEEDED', attempts: 1, output: { receipt: 7 } });
    expect([calls.length, commands.length]).toEqual([1, 1]);
    expect(commands[0]).not.toBe(calls[0]?.idempotencyKey);
  });

  it.each(['fail', 'replan'] as const)(
    'fails for good where somebody rejects, also where the goal may %s [TOL-7]',
    async (onFailure) => {
      const { submit, calls } = withPay();
      const goal = await submit(PLAN, { onFailure });
      const [asked] = await goal.pending();
      await goal.decide(asked!.id, false);
      const { goal: end, tasks } = await goal.end();
      expect(end).toMatchObject({ state: 'FAILED', replans: 0, error: { code: 'outcome_uncertain' } });
      expect(end.error?.detail).toContain('because');
      expect(tasks[0]).toMatchObject({ state: 'FAILED', error: { code: 'outcome_uncertain' } });
      expect(calls).toHaveLength(1);
    },
  );

  it('fails as uncertain when nobody answers in time, and is not planned anew [TOL-7, SAF-3]', async () => {
    const { submit, calls } = withPay({ limits: { approvalMs: 30 } });
    const goal = await submit(PLAN, { onFailure: 'replan' });
    const end = await goal.end();
    expect(end.goal).toMatchObject({ state: 'FAILED', replans: 0, error: { code: 'outcome_uncertain' } });
    expect(end.approvals).toMatchObject([{ state: 'expired' }]);
    await goal.decide(end.approvals[0]!.id, true, ACTOR, REPEAT);
    await goal.heard();
    expect(calls).toHaveLength(1);
  });

  it('is not repeated by an approval that does not say what is to be done [TOL-7]', async () => {
    const { submit, calls } = withPay();
    const goal = await submit(PLAN);
    await goal.decide((await goal.pending())[0]!.id, true);
    expect((await goal.end()).goal.error?.code).toBe('outcome_uncertain');
    expect(calls).toHaveLength(1);
  });

  it('is decided once however often it is clicked, and each in whatever order [TOL-7]', async () => {
    const { submit, calls } = withPay({ lost: 2 });
    const goal = await submit({ tasks: ['a', 'b'].map((id) => ({ ...PAY, id, arguments: { id } })) });
    const asked = await goal.pending(2);
    const keyOf = (id: string) => asked.find(({ arguments: given }) => given['id'] === id)!;
    for (const resolution of [REPEAT, tookEffect({ late: true }), REPEAT]) {
      await goal.decide(keyOf('b').id, true, ACTOR, resolution);
    }
    for (const resolution of [tookEffect({ first: true }), REPEAT]) {
      await goal.decide(keyOf('a').id, true, ACTOR, resolution);
    }
    const { tasks } = await goal.end();
    expect(tasks.map(({ key, output, attempts }) => [key, output, attempts])).toEqual([
      ['a', { first: true }, 1],
      ['b', { paid: true }, 2],
    ]);
    expect(calls).toHaveLength(3);
  });

  it('that is cancelled while it waits leaves it written down that nobody knows [TOL-7, ORC-11]', async () => {
    const { submit, calls } = withPay();
    const goal = await submit(PLAN);
    await goal.pending();
    await goal.command('cancel');
    const { goal: end, tasks, journal, approvals } = await goal.end();
    expect([end.state, approvals[0]?.state]).toEqual(['CANCELLED', 'void']);
    expect(tasks[0]).toMatchObject({ state: 'CANCELLED', error: { code: 'outcome_uncertain' } });
    expect(journal.find(({ type }) => type === 'task.stopped')).toMatchObject({
      reason: expect.stringContaining('nobody knows whether pay took effect'),
    });
    expect(calls).toHaveLength(1);
  });

  it('that waits past the deadline of its goal ends with that, and leaves it written down, too [TOL-7, ORC-11]', async () => {
    const { submit, calls } = withPay();
    const goal = await submit(PLAN, { deadline: Date.now() + 400, onFailure: 'replan' });
    await goal.pending();
    const { goal: end, tasks, approvals } = await goal.end();
    expect([end.error?.code, approvals[0]?.state]).toEqual(['deadline_exceeded', 'void']);
    expect(tasks[0]).toMatchObject({ state: 'CANCELLED', error: { code: 'outcome_uncertain' } });
    expect(calls).toHaveLength(1);
  });

  it.each(['cancel', 'deadline'] as const)(
    'that is to be repeated, and has not been when its goal ends by %s, is written down as well [TOL-7, ORC-11]',
    async (by) => {
      const { submit, calls } = withPay();
      const goal = await submit(PLAN, by === 'deadline' ? { deadline: Date.now() + 600 } : {});
      const [asked] = await goal.pending();
      await goal.command('pause');
      await until(async () => (await goal.read()).goal.paused !== null);
      await goal.decide(asked!.id, true, ACTOR, REPEAT);
      await until(async () => (await goal.read()).tasks[0]?.state === 'READY');
      if (by === 'cancel') await goal.command('cancel');
      const { tasks, journal } = await goal.end();
      expect(tasks[0]).toMatchObject({ state: 'CANCELLED', error: { code: 'outcome_uncertain' } });
      expect(journal.find(({ type }) => type === 'task.stopped')).toMatchObject({
        reason: expect.stringContaining('nobody knows whether pay took effect'),
      });
      expect(calls).toHaveLength(1);
    },
  );

  it('since its answer could not be used, says so, and is not made again by another plan [TOL-7, ORC-8]', async () => {
    const unusable = { ...uncertain('The output is too large.'), made: true as const };
    const { submit, calls } = withPay({
      tools: { pay: { effect: 'non_idempotent', run: (call) => (calls.push(call), unusable) } },
    });
    const goal = await submit(PLAN, { onFailure: 'replan' });
    const [asked] = await goal.pending();
    expect(asked?.reason).toBe('pay was made, and its answer could not be used: The output is too large.');
    await goal.decide(asked!.id, true, ACTOR, tookEffect({ receipt: 7 }));
    expect((await goal.end()).goal).toMatchObject({ state: 'COMPLETED', replans: 0 });
    expect(calls).toHaveLength(1);
  });

  it('that is cancelled while it runs ends without a question, and leaves it written down [TOL-7, ORC-11]', async () => {
    const hang = {
      effect: 'non_idempotent' as const,
      run: ({ signal }: ToolCall) =>
        new Promise<ToolOutcome>((resolve) => signal.addEventListener('abort', () => resolve(uncertain('stopped')))),
    };
    const { submit } = withPay({ tools: { hang } });
    const goal = await submit({ tasks: [{ id: 'a', tool: 'hang' }] });
    await until(async () => (await goal.read()).tasks[0]?.state === 'RUNNING');
    await goal.command('cancel');
    const { goal: end, tasks, journal, approvals } = await goal.end();
    expect([end.state, approvals]).toEqual(['CANCELLED', []]);
    expect(tasks[0]).toMatchObject({ state: 'CANCELLED', error: { code: 'outcome_uncertain' } });
    expect(journal.find(({ type }) => type === 'task.stopped')?.data).toMatchObject({
      error: { code: 'outcome_uncertain' },
      call: { idempotency_key: expect.stringMatching(/^av-task_/) },
    });
  });

  it('keeps its question, and is not made anew, while the rest of the goal is planned anew [TOL-7, ORC-8]', async () => {
    let tries = 0;
    const flaky = { run: () => (++tries === 1 ? failed('not yet', false) : ok({})) };
    const { submit, calls, engine } = withPay({ tools: { flaky } });
    const goal = await submit(
      { tasks: [PAY, { id: 'flaky', tool: 'flaky', depends_on: ['wait'] }, { id: 'wait', tool: 'echo' }] },
      { onFailure: 'replan' },
    );
    const [asked] = await goal.pending();
    await until(async () => tries === 2);
    await until(async () => engine.size === 0);
    const { approvals, journal, plans, tasks: waiting } = await goal.read();
    expect(approvals).toHaveLength(1);
    // Whoever reads the journal finds the same.
    expect(replay(journal, plans).tasks.map(({ key, state }) => [key, state])).toEqual(
      waiting.map(({ key, state }) => [key, state]),
    );
    expect(replay(journal, plans).tasks[0]).toMatchObject({ approvalId: publicId('appr', asked!.id), attempts: 1 });
    await goal.decide(asked!.id, true, ACTOR, tookEffect({ receipt: 7 }));
    const { goal: end, tasks } = await goal.end();
    expect(end).toMatchObject({ state: 'COMPLETED', replans: 1 });
    expect(tasks.find(({ key }) => key === 'pay')).toMatchObject({ output: { receipt: 7 }, attempts: 1 });
    expect(calls).toHaveLength(1);
  });

  it('that needed leave is repeated without a second question for the same arguments [TOL-7, SAF-3]', async () => {
    const outcomes = [uncertain('cut'), ok({ done: true })];
    let made = 0;
    const ship = { action: 'deploy' as const, effect: 'non_idempotent' as const, run: () => outcomes[made++]! };
    const { submit } = withPay({ tools: { ship } });
    const goal = await submit({ tasks: [{ id: 'ship', tool: 'ship' }] });
    const [leave] = await goal.pending();
    expect(leave?.uncertain).toBeNull();
    await goal.decide(leave!.id, true);
    const asked = await until(async () => (await goal.pending()).find((each) => each.uncertain));
    expect(asked).toMatchObject({ action: 'deploy', hash: leave!.hash });
    await goal.decide(asked.id, true, ACTOR, REPEAT);
    const { goal: end, approvals } = await goal.end();
    expect([end.state, approvals.length, made]).toEqual(['COMPLETED', 2, 2]);
  });

  it('is asked about once more where whoever said to repeat it has lost the right, also without an action [TOL-7]', async () => {
    const gone = { ...ACTOR, id: 'usr_gone', name: 'Gone' };
    const { submit, calls } = withPay({ mayApprove: ({ id }) => id !== gone.id });
    const goal = await submit({ tasks: [PAY] });
    const [first] = await goal.pending();
    await goal.decide(first!.id, true, gone, REPEAT);
    const second = await until(async () => (await goal.pending()).find(({ id }) => id !== first!.id));
    expect(second).toMatchObject({
      uncertain: first!.uncertain,
      reason: expect.stringContaining('Gone may no longer'),
    });
    expect(second.reason).toContain('cut the connection');
    expect(calls).toHaveLength(1);
    await goal.decide(second.id, true, ACTOR, REPEAT);
    expect((await goal.end()).goal.state).toBe('COMPLETED');
  });

  it('may be answered while the goal is paused, and the answer is carried out after that [TOL-7, ORC-11]', async () => {
    const { submit, calls } = withPay();
    const goal = await submit(PLAN);
    const [asked] = await goal.pending();
    await goal.command('pause');
    await until(async () => (await goal.read()).goal.paused !== null);
    await goal.decide(asked!.id, true, ACTOR, tookEffect({ receipt: 7 }));
    await until(async () => (await goal.read()).tasks[0]?.state === 'READY');
    await goal.command('resume');
    expect((await goal.end()).tasks[0]).toMatchObject({ state: 'SUCCEEDED', output: { receipt: 7 } });
    expect(calls).toHaveLength(1);
  });

  it('is none where the failure is definite: the task fails, or is tried again [TOL-7]', async () => {
    let tries = 0;
    const refused = {
      effect: 'non_idempotent' as const,
      run: () => (++tries === 1 ? failed('nothing listens there', true) : failed('it said no', false)),
    };
    const { submit } = withPay({ tools: { refused } });
    const { goal: end, tasks, approvals } = await (await submit({ tasks: [{ id: 'a', tool: 'refused' }] })).end();
    expect([end.error?.code, tasks[0]?.attempts, approvals]).toEqual(['task_failed', 2, []]);
  });
});

describe('a call that was under way when its process died', () => {
  const running = (changes: Partial<TaskRecord> = {}): TaskRecord => ({
    id: newId(),
    key: 'pay',
    position: 0,
    planVersion: 1,
    state: 'RUNNING',
    attempts: 1,
    dependsOn: [],
    tool: 'pay',
    output: undefined,
    outputBytes: 0,
    error: null,
    workerId: newId(),
    startedAt: Date.now(),
    finishedAt: null,
    retryAt: null,
    approval: null,
    ...changes,
  });

  it('is shown with the arguments that it was made with, and keeps its key when it is repeated [TOL-7, ORC-16]', async () => {
    const { submit, calls } = withPay({ lost: 0 });
    const before = running({
      id: newId(),
      key: 'n',
      tool: 'echo',
      state: 'SUCCEEDED',
      output: { n: 7 },
      outputBytes: 7,
    });
    const plan = {
      tasks: [
        { id: 'n', tool: 'echo', arguments: { n: 7 } },
        { id: 'pay', tool: 'pay', arguments: { cents: { $ref: 'n.output.n' } } },
      ],
    };
    const lost = running({ position: 1, dependsOn: ['n'] });
    const goal = await submit(plan, { state: 'EXECUTING', startedAt: Date.now() }, { tasks: [before, lost] });
    const [asked] = await goal.pending();
    expect(asked).toMatchObject({ arguments: { cents: 7 }, reason: expect.stringContaining('process stopped') });
    expect(calls).toEqual([]);
    await goal.decide(asked!.id, true, ACTOR, REPEAT);
    expect((await goal.end()).goal.state).toBe('COMPLETED');
    expect(calls).toMatchObject([{ attempt: 2, idempotencyKey: asked!.uncertain?.idempotencyKey }]);
  });

  it('is asked about again, with what was said before, where that died while the check of it ran [TOL-7, ORC-9]', async () => {
    const run_command = { effect: 'non_idempotent' as const, run: () => ok({ exit_code: 0 }) };
    const { submit, calls } = withPay({ tools: { run_command } });
    const since = Date.now() - 5_000;
    const uncertainCall = { attempt: 1, since, idempotencyKey: 'av-1', reason: 'It was cut.' };
    const approval = { id: newId(), hash: 'h', state: 'approved', expiresAt: Date.now() + 60_000, by: ACTOR } as const;
    const told = running({
      startedAt: since,
      approval: { ...approval, uncertain: { ...uncertainCall, resolution: tookEffect({ receipt: 7 }) } },
    });
    const plan = { tasks: [{ ...PAY, check: { command: ['test', '-f', 'receipt'] } }] };
    const goal = await submit(plan, { state: 'EXECUTING', startedAt: since }, { tasks: [told] });
    const [asked] = await goal.pending();
    expect(asked).toMatchObject({ uncertain: { attempt: 1, since, output: { receipt: 7 } } });
    await goal.decide(asked!.id, true, ACTOR, tookEffect());
    expect((await goal.end()).tasks[0]).toMatchObject({ state: 'SUCCEEDED', output: { receipt: 7 }, attempts: 1 });
    expect(calls).toEqual([]);
  });

  it('leaves it written down that nobody knows where the goal is cancelled before anybody took it up [TOL-7]', async () => {
    const store = new InMemoryGoalStore(systemClock);
    const { submit } = setUp({}, store);
    await stopEngines();
    const goal = await submit({ tasks: [PAY] }, { state: 'EXECUTING', startedAt: Date.now() }, { tasks: [running()] });
    await goal.command('cancel');
    const { engine } = engineOver(store, { tools: { pay: { effect: 'non_idempotent', run: () => ok({}) } } });
    adoptEngine(engine);
    engine.start();
    const { tasks, journal } = await goal.end();
    expect(tasks[0]).toMatchObject({ state: 'CANCELLED', error: { code: 'outcome_uncertain' } });
    expect(journal.map(({ type }) => type)).toContain('task.stopped');
  });
});
