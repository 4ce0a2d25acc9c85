import { newId } from '#libs/kernel';
import { beforeAll, describe, expect, it } from 'vitest';
import type { GoalChange, GoalRecord, GoalStore, LeasedGoal, TaskRecord } from '../ports/goal-store.js';
import { newGoal, until } from './kit.js';

/** A store under test. */
export interface StoreUnderTest {
  readonly store: GoalStore;
  /** A tenant that goals may belong to. */
  newTenant(): Promise<string>;
  /** What is stored of a goal. */
  read(
    tenantId: string,
    goalId: string,
  ): Promise<
    | {
        readonly goal: Pick<GoalRecord, 'state' | 'lastSeq'>;
        readonly tasks: readonly Pick<TaskRecord, 'key' | 'state' | 'output'>[];
        readonly journal: readonly { readonly seq: number; readonly type: string }[];
      }
    | undefined
  >;
}

const ACTOR = { kind: 'user', id: 'usr_test', name: 'somebody' };
const PLAN = { tasks: [{ id: 'a', tool: 'echo' }] };
const WORKER = newId();

/** What every goal store must do. Run it over each implementation. */
export function goalStoreSuite(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} as a goal store`, () => {
    let on: StoreUnderTest;
    let store: GoalStore;

    beforeAll(async () => {
      on = await open();
      ({ store } = on);
    });

    async function submit(tenantId: string, changes: Partial<GoalRecord> = {}) {
      const goal = newGoal(PLAN, { tenantId, ...changes });
      expect(await store.submit(goal)).toBe('stored');
      return goal.goal;
    }

    async function claim(limit = 100, leaseMs = 60_000): Promise<readonly LeasedGoal[]> {
      return store.claim({ workerId: WORKER, limit, leaseMs });
    }

    /** Claims until the goal is among the claimed; everything else that is due is leased away with it. */
    async function claimOne(goalId: string, leaseMs?: number): Promise<LeasedGoal> {
      return until(async () => (await claim(100, leaseMs)).find((leased) => leased.lease.goalId === goalId));
    }

    async function claimAll(ids: readonly string[]): Promise<Map<string, LeasedGoal>> {
      const found = new Map<string, LeasedGoal>();
      await until(async () => {
        for (const leased of await claim()) found.set(leased.goal.id, leased);
        return ids.every((id) => found.has(id));
      });
      return found;
    }

    function change({ lease, goal }: LeasedGoal, given: Partial<GoalChange> = {}): GoalChange {
      const journal = given.journal ?? [entry('note')];
      return {
        lease,
        goal: { ...goal, ...given.goal, lastSeq: goal.lastSeq + journal.length },
        expectedSeq: goal.lastSeq,
        plan: null,
        tasks: [],
        events: [],
        artifacts: [],
        handledCommands: [],
        release: null,
        ...given,
        journal,
      };
    }

    function entry(type: string) {
      return { at: Date.now(), type, from: null, to: null, actor: ACTOR, reason: null, data: { n: 1 } };
    }

    function task(goal: LeasedGoal, output: TaskRecord['output']): TaskRecord {
      return {
        id: newId(),
        key: 'a',
        position: 0,
        planVersion: goal.goal.planVersion,
        state: 'SUCCEEDED',
        attempts: 1,
        dependsOn: [],
        tool: 'echo',
        output,
        outputBytes: 10,
        error: null,
        workerId: WORKER,
        startedAt: goal.now,
        finishedAt: goal.now,
        retryAt: null,
      };
    }

    it('stores a goal once, however often it is submitted [ORC-3]', async () => {
      const tenantId = await on.newTenant();
      const goal = newGoal(PLAN, { tenantId });
      expect(await Promise.all([store.submit(goal), store.submit(goal)])).toEqual(
        expect.arrayContaining(['stored', 'exists']),
      );
      expect((await on.read(tenantId, goal.goal.id))?.journal.map(({ seq }) => seq)).toEqual([1]);
    });

    it('leases a goal to one claimer only, with its plan and what was submitted [ORC-16]', async () => {
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

    it('numbers journal rows without gaps and stores tasks with them [ORC-3]', async () => {
      const { tenantId, id } = await submit(await on.newTenant());
      const leased = await claimOne(id);
      const first = change(leased, { tasks: [task(leased, { z: 1, a: 2 })], journal: [entry('one'), entry('two')] });
      expect(await store.commit(first)).toBe('committed');
      const second = { ...change(leased), goal: { ...leased.goal, lastSeq: 4 }, expectedSeq: 3 };
      expect(await store.commit(second)).toBe('committed');
      const found = await on.read(tenantId, id);
      expect(found?.journal.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
      expect(JSON.stringify(found?.tasks[0]?.output)).toBe('{"z":1,"a":2}');
    });

    it('takes a change twice as once: the answer of the first may have been lost [ORC-16]', async () => {
      const { tenantId, id } = await submit(await on.newTenant());
      const same = change(await claimOne(id));
      expect([await store.commit(same), await store.commit(same)]).toEqual(['committed', 'committed']);
      expect((await on.read(tenantId, id))?.journal).toHaveLength(2);
    });

    it('refuses the change of an owner whose lease was taken over [ORC-16, WRK-4]', async () => {
      const { tenantId, id } = await submit(await on.newTenant());
      const old = await claimOne(id, 1);
      const now = await claimOne(id);
      expect(now.lease.token).toBeGreaterThan(old.lease.token);
      expect(await store.commit(change(old))).toBe('lost');
      expect(await store.commit(change(now))).toBe('committed');
      expect((await on.read(tenantId, id))?.journal).toHaveLength(2);
    });

    it('counts leases that came to nothing, until something is stored [ORC-16]', async () => {
      const { id } = await submit(await on.newTenant());
      const counts = [];
      for (let n = 0; n < 3; n++) counts.push((await claimOne(id, 1)).claims);
      const last = await claimOne(id);
      expect([...counts, last.claims]).toEqual([1, 2, 3, 4]);
      await store.commit(change(last, { release: { wakeAt: last.now } }));
      expect((await claimOne(id)).claims).toBe(1);
    });

    it('prolongs a lease for its owner only [ORC-16]', async () => {
      const { id } = await submit(await on.newTenant());
      const old = await claimOne(id, 1);
      const now = await claimOne(id, 1);
      expect([...(await store.renew([old.lease], 60_000))]).toEqual([id]);
      expect([...(await store.renew([now.lease], 60_000))]).toEqual([]);
      expect((await claim()).map(({ lease }) => lease.goalId)).not.toContain(id);
    });

    it('gives a released goal to the next claimer, and one without a time to nobody [ORC-11]', async () => {
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
      const tenantId = await on.newTenant();
      while ((await claim()).length > 0);
      for (let n = 0; n < 20; n++) await submit(tenantId);
      const claims = await Promise.all([claim(10), claim(10)]);
      expect(claims.map(({ length }) => length)).toEqual([10, 10]);
      expect(new Set(claims.flat().map(({ goal }) => goal.id)).size).toBe(20);
    });

    it('takes a goal whose owner is gone or gave it back before younger ones [ORC-16, WRK-4]', async () => {
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

    it('makes a held goal due at its deadline [ORC-11]', async () => {
      const { id } = await submit(await on.newTenant(), { held: true, deadline: Date.now() + 300 });
      expect((await claim()).map(({ lease }) => lease.goalId)).not.toContain(id);
      expect((await claimOne(id)).goal).toMatchObject({ held: true, state: 'RECEIVED' });
    });

    it('gives back a result that is null as one [ORC-3]', async () => {
      const { id } = await submit(await on.newTenant());
      const leased = await claimOne(id);
      const tasks = [
        task(leased, null),
        { ...task(leased, undefined), key: 'b', position: 1, state: 'PENDING' as const },
      ];
      await store.commit(change(leased, { tasks, release: { wakeAt: leased.now } }));
      expect((await claimOne(id)).tasks.map(({ output }) => output)).toEqual([null, undefined]);
    });

    it('stores the others of a group when one of it cannot be stored [ORC-3]', async () => {
      const tenantId = await on.newTenant();
      const goals = [await submit(tenantId), await submit(tenantId), await submit(tenantId)];
      const found = await claimAll(goals.map(({ id }) => id));
      const commits = goals.map(({ id }, n) => {
        const leased = found.get(id)!;
        return store.commit(change(leased, { tasks: [task(leased, n === 1 ? { text: 'a\0b' } : { fine: n })] }));
      });
      const outcomes = await Promise.allSettled(commits);
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect((await on.read(tenantId, goals[1]!.id))?.tasks).toEqual([]);
      expect((await on.read(tenantId, goals[2]!.id))?.tasks).toMatchObject([{ output: { fine: 2 } }]);
    });

    it('refuses a transition that the table does not list, naming both states [ORC-2]', async () => {
      const { id } = await submit(await on.newTenant());
      const leased = await claimOne(id);
      const illegal = { ...entry('goal.transition'), from: 'RECEIVED' as const, to: 'COMPLETED' as const };
      await expect(async () => store.commit(change(leased, { journal: [illegal] }))).rejects.toThrow(
        /RECEIVED.*COMPLETED/,
      );
    });

    it('keeps tenants apart when goals of several are committed together [TEN-5]', async () => {
      const tenants = [await on.newTenant(), await on.newTenant()];
      const goals = await Promise.all(tenants.map((tenantId) => submit(tenantId)));
      const found = await claimAll(goals.map(({ id }) => id));
      await Promise.all(goals.map(({ id }) => store.commit(change(found.get(id)!))));
      for (const [n, { id }] of goals.entries()) {
        expect((await on.read(tenants[n]!, id))?.journal).toHaveLength(2);
        expect(await on.read(tenants[1 - n]!, id)).toBeUndefined();
      }
    });
  });
}
