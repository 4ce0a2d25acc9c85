import { newId } from '#libs/kernel';
import { expect, it } from 'vitest';
import { newGoal } from './kit.js';
import { ACTOR, type Handle, PLAN, WORKER } from './store-handle.js';

/** The part of the suite about who gets which goal, and when. */
export function claimCases(hand: () => Handle): void {
  it('leases a goal to one claimer only, with its plan and what was submitted [ORC-16]', async () => {
    const { on, submit, claim } = hand();
    const goal = await submit(await on.newTenant(), { context: { b: 1, a: [2] }, deadline: Date.now() + 60_000 });
    const claims = (await Promise.all([claim(), claim(), claim()])).flat();
    const mine = claims.filter(({ lease }) => lease.goalId === goal.id);
    expect(mine).toHaveLength(1);
    expect(mine[0]).toMatchObject({
      plan: PLAN,
      tasks: [],
      goal: { context: { b: 1, a: [2] }, deadline: goal.deadline },
    });
    expect(JSON.stringify(mine[0]!.goal.context)).toBe('{"b":1,"a":[2]}');
  });

  it('gives a goal to whoever stores it, where that is asked for, as a claim would [ORC-3, ORC-16]', async () => {
    const { on, store, claim, change, claimOne } = hand();
    const made = newGoal(PLAN, { tenantId: await on.newTenant(), context: { b: 1, a: [2] } });
    const { id } = made.goal;
    const leased = await store.submitLeased(made, { workerId: WORKER, leaseMs: 60_000 });
    if (typeof leased === 'string') throw new Error(leased);
    expect((await claim()).map(({ lease }) => lease.goalId)).not.toContain(id);
    expect(await store.submitLeased(made, { workerId: WORKER, leaseMs: 60_000 })).toBe('exists');
    await store.commit(change(leased, { release: { wakeAt: leased.now } }));
    const again = await claimOne(id);
    expect(again.lease.token).toBe(leased.lease.token + 1);
    const { now: _before, lease: _old, goal: given, ...rest } = leased;
    expect(again).toMatchObject({ ...rest, goal: { ...given, lastSeq: given.lastSeq + 1 } });
  });

  it('counts leases that came to nothing, until something is stored [ORC-16]', async () => {
    const { on, store, submit, claimOne, change } = hand();
    const { id } = await submit(await on.newTenant());
    const counts = [];
    for (let n = 0; n < 3; n++) counts.push((await claimOne(id, 1)).claims);
    const last = await claimOne(id);
    expect([...counts, last.claims]).toEqual([1, 2, 3, 4]);
    await store.commit(change(last, { release: { wakeAt: last.now } }));
    expect((await claimOne(id)).claims).toBe(1);
  });

  it('prolongs a lease for its owner only [ORC-16]', async () => {
    const { on, store, submit, claim, claimOne } = hand();
    const { id } = await submit(await on.newTenant());
    const old = await claimOne(id, 1);
    const now = await claimOne(id, 1);
    expect([...(await store.renew([old.lease], 60_000))]).toEqual([id]);
    expect([...(await store.renew([now.lease], 60_000))]).toEqual([]);
    expect((await claim()).map(({ lease }) => lease.goalId)).not.toContain(id);
  });

  it('gives a released goal to the next claimer, and one without a time to nobody [ORC-11]', async () => {
    const { on, store, submit, claim, claimAll, change } = hand();
    const tenantId = await on.newTenant();
    const [soon, never] = [await submit(tenantId), await submit(tenantId)];
    const leases = await claimAll([soon.id, never.id]);
    await store.commit(change(leases.get(soon.id)!, { release: { wakeAt: leases.get(soon.id)!.now } }));
    await store.commit(change(leases.get(never.id)!, { release: { wakeAt: null } }));
    const claimed = (await claim()).map(({ lease }) => lease.goalId);
    expect(claimed).toContain(soon.id);
    expect(claimed).not.toContain(never.id);
  });

  it('makes a goal that nobody holds due by a command, and hands the command over once [ORC-11]', async () => {
    const { on, store, submit, claim, claimOne, change } = hand();
    const { tenantId, id } = await submit(await on.newTenant(), { held: true });
    expect((await claim()).map(({ lease }) => lease.goalId)).not.toContain(id);
    await store.command(tenantId, { id: newId(), goalId: id, kind: 'start', actor: ACTOR, reason: null });
    const leased = await claimOne(id);
    expect(leased.commands).toMatchObject([{ kind: 'start', actor: ACTOR }]);
    expect(await store.commandsFor([leased.lease])).toHaveLength(1);
    await store.commit(change(leased, { handledCommands: leased.commands.map((command) => command.id) }));
    expect(await store.commandsFor([leased.lease])).toEqual([]);
  });

  it('gives turns to tenants, fewest running first, and priority within a tenant only [WRK-2]', async () => {
    const { on, submit, claim } = hand();
    const [noisy, quiet] = [await on.newTenant(), await on.newTenant()];
    while ((await claim()).length > 0);
    const many = [];
    for (let n = 0; n < 6; n++) many.push(await submit(noisy, { priority: n === 5 ? 'critical' : 'normal' }));
    const one = await submit(quiet, { priority: 'low' });
    const first = await claim(2);
    expect(first.map(({ lease }) => lease.goalId).toSorted()).toEqual([many[5]!.id, one.id].toSorted());
    const two = await submit(quiet);
    const other = await submit(await on.newTenant());
    // Both tenants run one goal already; the newcomer runs none.
    expect((await claim(1)).map(({ lease }) => lease.goalId)).toEqual([other.id]);
    expect((await claim(100)).map(({ lease }) => lease.goalId)).toContain(two.id);
  });

  it('takes goals with commands before everything else, and alone where asked to [ORC-11, WRK-2]', async () => {
    const { on, store, submit, claim } = hand();
    const tenantId = await on.newTenant();
    while ((await claim()).length > 0);
    await submit(tenantId, { priority: 'critical' });
    const [held, other] = [await submit(tenantId, { held: true }), await submit(tenantId, { held: true })];
    const cancel = async (goalId: string) =>
      store.command(tenantId, { id: newId(), goalId, kind: 'cancel', actor: ACTOR, reason: null });
    await cancel(held.id);
    expect((await claim(1)).map(({ lease }) => lease.goalId)).toEqual([held.id]);

    const commanded = { workerId: WORKER, limit: 10, leaseMs: 60_000, onlyCommanded: true };
    expect(await store.claim(commanded)).toEqual([]);
    await cancel(other.id);
    await cancel(other.id);
    const [only, ...more] = await store.claim(commanded);
    expect([only?.lease.goalId, only?.commands.length, more]).toEqual([other.id, 2, []]);
  });

  it('gives claimers at the same time as many goals each as they ask for [WRK-2]', async () => {
    const { on, submit, claim } = hand();
    const tenantId = await on.newTenant();
    while ((await claim()).length > 0);
    for (let n = 0; n < 20; n++) await submit(tenantId);
    const claims = await Promise.all([claim(10), claim(10)]);
    expect(claims.map(({ length }) => length)).toEqual([10, 10]);
    expect(new Set(claims.flat().map(({ goal }) => goal.id)).size).toBe(20);
  });

  it('takes a goal whose owner is gone or gave it back before younger ones [ORC-16, WRK-4]', async () => {
    const { on, store, submit, claim, change } = hand();
    const tenantId = await on.newTenant();
    while ((await claim()).length > 0);
    const [orphan, returned] = [await submit(tenantId), await submit(tenantId)];
    const given = (await claim(2, 1)).find(({ goal }) => goal.id === returned.id)!;
    await submit(tenantId);
    await store.commit(change(given, { release: { wakeAt: Date.now() } }));
    await submit(tenantId);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const next = [...(await claim(1)), ...(await claim(1))].map(({ lease }) => lease.goalId);
    expect(next).toEqual([orphan.id, returned.id]);
  });

  it('leaves goals of a newer machine to those who know it, with and without commands [ORC-16]', async () => {
    const { on, store, submit, claim, claimOne, change } = hand();
    const tenantId = await on.newTenant();
    const goal = await submit(tenantId, { machine: 9 });
    expect((await claim()).map(({ lease }) => lease.goalId)).not.toContain(goal.id);
    await store.command(tenantId, { id: newId(), goalId: goal.id, kind: 'pause', actor: ACTOR, reason: null });
    expect((await claim()).map(({ lease }) => lease.goalId)).not.toContain(goal.id);
    const [taken] = await store.claim({ workerId: WORKER, limit: 1, leaseMs: 1, onlyCommanded: true, machine: 9 });
    expect(taken).toMatchObject({ lease: { goalId: goal.id }, goal: { machine: 9 }, commands: [{ kind: 'pause' }] });
    await new Promise((resolve) => setTimeout(resolve, 5));
    // Nor is its lease taken over, once it has run out.
    expect((await claim()).map(({ lease }) => lease.goalId)).not.toContain(goal.id);

    // Whoever writes a goal says of which machine it is from then on.
    const { id } = await submit(tenantId);
    const mine = await claimOne(id);
    await store.commit(change(mine, { goal: { ...mine.goal, machine: 9 }, release: { wakeAt: mine.now } }));
    expect((await claim()).map(({ lease }) => lease.goalId)).not.toContain(id);
  });

  it('finds goals of a newer machine that have waited for long, unless somebody carries such [ORC-16]', async () => {
    const { on, store, submit, change } = hand();
    const tenantId = await on.newTenant();
    const stranded = async (patienceMs: number, leaseMs = 60_000) => {
      const found = await store.claimStranded({ workerId: WORKER, limit: 100, leaseMs, patienceMs, machine: 10 });
      return found.filter(({ goal }) => goal.tenantId === tenantId);
    };
    const [due, asked, idle] = [
      await submit(tenantId, { machine: 11 }),
      await submit(tenantId, { machine: 11, held: true }),
      await submit(tenantId, { machine: 11, held: true }),
    ];
    await submit(tenantId, { machine: 10 });
    await store.command(tenantId, { id: newId(), goalId: asked.id, kind: 'start', actor: ACTOR, reason: null });
    expect(await stranded(60_000)).toEqual([]);
    const found = await stranded(0);
    expect(found.map(({ goal }) => goal.id).toSorted()).toEqual([due.id, asked.id].toSorted());
    expect(found.find(({ goal }) => goal.id === asked.id)?.commands).toMatchObject([{ kind: 'start' }]);

    // Paused for that reason, one is due for those who know its machine only, and not found again.
    const paused = { since: 0, by: ACTOR, reason: 'of a newer machine', machine: 11 };
    for (const leased of found) {
      const release = { wakeAt: leased.now };
      await store.commit(change(leased, { goal: { ...leased.goal, paused }, release }));
    }
    expect(await stranded(0)).toEqual([]);
    const newer = await store.claim({ workerId: WORKER, limit: 100, leaseMs: 60_000, machine: 11 });
    const taken = newer.filter(({ goal }) => goal.tenantId === tenantId && goal.machine === 11);
    expect(taken.map(({ goal }) => goal.id).toSorted()).toEqual([due.id, asked.id].toSorted());
    expect(taken[0]?.goal.paused).toEqual(paused);

    // The leases of now are those of a newer process: it comes to the others by itself.
    await store.command(tenantId, { id: newId(), goalId: idle.id, kind: 'start', actor: ACTOR, reason: null });
    expect(await stranded(0)).toEqual([]);
  });

  it('makes a held goal due at its deadline [ORC-11]', async () => {
    const { on, submit, claim, claimOne } = hand();
    const { id } = await submit(await on.newTenant(), { held: true, deadline: Date.now() + 300 });
    expect((await claim()).map(({ lease }) => lease.goalId)).not.toContain(id);
    expect((await claimOne(id)).goal).toMatchObject({ held: true, state: 'RECEIVED' });
  });
}
