import { beforeAll, describe, expect, it } from 'vitest';
import { claimCases } from './goal-claims.suite.js';
import { newGoal } from './kit.js';
import { newId } from '#libs/kernel';
import { ACTOR, type Handle, PLAN, type StoreUnderTest, approvalOf, handle } from './store-handle.js';

/** What every goal store must do. Run it over each implementation. */
export function goalStoreSuite(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} as a goal store`, () => {
    let opened: Handle;
    const hand = (): Handle => opened;

    beforeAll(async () => {
      opened = handle(await open());
    });

    claimCases(hand);

    it('stores a goal once, however often it is submitted [ORC-3]', async () => {
      const { on, store } = hand();
      const tenantId = await on.newTenant();
      const goal = newGoal(PLAN, { tenantId });
      expect(await Promise.all([store.submit(goal), store.submit(goal)])).toEqual(
        expect.arrayContaining(['stored', 'exists']),
      );
      expect((await on.read(tenantId, goal.goal.id))?.journal.map(({ seq }) => seq)).toEqual([1]);
    });

    it('numbers journal rows without gaps and stores tasks with them [ORC-3]', async () => {
      const { on, store, submit, claimOne, change, entry, task } = hand();
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
      const { on, store, submit, claimOne, change } = hand();
      const { tenantId, id } = await submit(await on.newTenant());
      const same = change(await claimOne(id));
      expect([await store.commit(same), await store.commit(same)]).toEqual(['committed', 'committed']);
      expect((await on.read(tenantId, id))?.journal).toHaveLength(2);
    });

    it('lets the time worked never run back when a change without rows comes once more, late [ORC-13, ORC-16]', async () => {
      const { on, store, submit, claimOne, change } = hand();
      const { id } = await submit(await on.newTenant());
      const leased = await claimOne(id);
      const after = (activeMs: number) => {
        const { goal, ...rest } = change(leased, { journal: [] });
        return { ...rest, goal: { ...goal, activeMs } };
      };
      await store.commit(after(500));
      await store.commit(after(900));
      expect(await store.commit({ ...after(500), release: { wakeAt: leased.now } })).toBe('committed');
      expect((await claimOne(id)).goal.activeMs).toBe(900);
    });

    it('refuses the change of an owner whose lease was taken over [ORC-16, WRK-4]', async () => {
      const { on, store, submit, claimOne, change } = hand();
      const { tenantId, id } = await submit(await on.newTenant());
      const old = await claimOne(id, 1);
      const now = await claimOne(id);
      expect(now.lease.token).toBeGreaterThan(old.lease.token);
      expect(await store.commit(change(old))).toBe('lost');
      expect(await store.commit(change(now))).toBe('committed');
      expect((await on.read(tenantId, id))?.journal).toHaveLength(2);
    });

    it('gives back a result that is null as one [ORC-3]', async () => {
      const { on, store, submit, claimOne, change, task } = hand();
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
      const { on, store, submit, claimAll, change, task } = hand();
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
      const { entry, on, store, submit, claimOne, change } = hand();
      const { id } = await submit(await on.newTenant());
      const leased = await claimOne(id);
      const illegal = { ...entry('goal.transition'), from: 'RECEIVED' as const, to: 'COMPLETED' as const };
      await expect(async () => store.commit(change(leased, { journal: [illegal] }))).rejects.toThrow(
        /RECEIVED.*COMPLETED/,
      );
    });

    it('keeps approvals that are asked for and closes those that still wait, and brings decisions [SAF-3]', async () => {
      const { on, store, submit, claimOne, change, task } = hand();
      const { tenantId, id } = await submit(await on.newTenant());
      const leased = await claimOne(id);
      const [stays, goes] = [newId(), newId()];
      const waiting = {
        ...task(leased, undefined),
        state: 'AWAITING_APPROVAL' as const,
        approval: { id: stays, hash: 'h', state: 'pending' as const, expiresAt: leased.now, by: null, uncertain: null },
      };
      const ask = { ...approvalOf(waiting.id), kind: 'ask' as const };
      const asked = change(leased, {
        tasks: [waiting],
        approvals: [
          { ...ask, id: stays },
          { ...ask, id: goes },
        ],
      });
      expect(await store.commit(asked)).toBe('committed');
      const closed = {
        ...change(leased, {
          approvals: [{ kind: 'close', id: goes, state: 'void', reason: 'The goal has ended.' }],
          release: { wakeAt: null },
        }),
        expectedSeq: asked.goal.lastSeq,
      };
      await store.commit({ ...closed, goal: { ...closed.goal, lastSeq: asked.goal.lastSeq + 1 } });
      const found = await on.read(tenantId, id);
      expect(found?.approvals.map((each) => [each.id, each.state])).toEqual([
        [stays, 'pending'],
        [goes, 'void'],
      ]);
      const resolution = { kind: 'took_effect' as const, output: { a: [null] } };
      const decision = { approvalId: stays, approved: true, resolution };
      await store.command(tenantId, { id: newId(), goalId: id, kind: 'decide', decision, actor: ACTOR, reason: null });
      const again = await claimOne(id);
      expect(again.commands).toMatchObject([{ kind: 'decide', decision }]);
      expect(again.tasks).toMatchObject([{ state: 'AWAITING_APPROVAL', approval: waiting.approval }]);
      expect(again).toMatchObject({ halt: null, goal: { usage: { depth: 0, tokens: 0, agents: 0 } } });
    });

    it('keeps an approval closed that is asked for and closed in the same change [SAF-3]', async () => {
      const { on, store, submit, claimOne, change, task } = hand();
      const { tenantId, id } = await submit(await on.newTenant());
      const leased = await claimOne(id);
      const waiting = task(leased, undefined);
      const approval = newId();
      const both = change(leased, {
        tasks: [waiting],
        approvals: [
          { ...approvalOf(waiting.id), kind: 'ask', id: approval },
          { kind: 'close', id: approval, state: 'void', reason: 'The goal has ended.' },
        ],
      });
      expect(await store.commit(both)).toBe('committed');
      expect((await on.read(tenantId, id))?.approvals).toEqual([
        expect.objectContaining({ id: approval, state: 'void' }),
      ]);
    });

    it('keeps tenants apart when goals of several are committed together [TEN-5]', async () => {
      const { on, store, submit, claimAll, change } = hand();
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
