import { newId } from '#libs/kernel';
import { expect, it } from 'vitest';
import type { DispatchStore, Ending, NewDispatch } from '../ports/dispatch.js';
import { NOTHING_USED } from '../ports/goal.js';
import { type StoreUnderTest, handle } from './store-handle.js';

export interface DispatchesUnderTest extends Pick<StoreUnderTest, 'store' | 'newTenant'> {
  readonly dispatches: DispatchStore;
}

const ENDING: Ending = { kind: 'ran', outcome: { ok: true, output: { n: 1 }, outputBytes: 7, files: [] } };

/** What every store of dispatched calls does. The cases share a store, so each uses tenants of its own. */
export function dispatchStoreSuite(open: () => Promise<DispatchesUnderTest>): void {
  async function scene() {
    const on = await open();
    const { store, submit, claimOne, change, task } = handle(on);
    const dispatch = async (given: Partial<NewDispatch> = {}) => {
      const { id } = await submit(await on.newTenant());
      const leased = await claimOne(id);
      const made = { ...task(leased, undefined), state: 'QUEUED' as const };
      const dispatched: NewDispatch = {
        id: newId(),
        taskId: made.id,
        attempt: 1,
        purpose: 'call',
        needs: 'web_operations',
        repeatable: true,
        hint: null,
        work: {
          call: {
            tool: 'echo',
            arguments: { a: 1 },
            tenantId: leased.goal.tenantId,
            goalId: id,
            taskId: made.id,
            attempt: 1,
            timeoutSeconds: 1,
            idempotencyKey: 'key',
          },
          submitter: leased.goal.submitter,
          usage: NOTHING_USED,
          activeMs: 0,
          approvable: { tool: 'echo', arguments: { a: 1 }, checkCommand: null },
          approval: null,
        },
        ...given,
      };
      await store.commit(change(leased, { tasks: [made], dispatches: [dispatched] }));
      return { leased, dispatched };
    };
    const take = async (id: string, leaseMs = 60_000, workerId = newId()) => {
      const all = await on.dispatches.take({ workerId, needs: ['web_operations'], limit: 1_000, leaseMs });
      return all.find(({ lease }) => lease.id === id);
    };
    return { on, dispatch, take, change };
  }

  it('gives a call to one worker only, with all that it needs [WRK-4]', async () => {
    const { dispatch, take } = await scene();
    const { dispatched } = await dispatch();
    const both = await Promise.all([take(dispatched.id), take(dispatched.id)]);
    const [taken, ...others] = both.filter((each) => each !== undefined);
    expect(others).toEqual([]);
    expect(taken?.work).toEqual(dispatched.work);
  });

  it('gives no call to a worker that lacks what it needs [WRK-1]', async () => {
    const { on, dispatch, take } = await scene();
    const { dispatched } = await dispatch({ needs: 'memory_operations' });
    expect(await take(dispatched.id)).toBeUndefined();
    const all = await on.dispatches.take({
      workerId: newId(),
      needs: ['memory_operations'],
      limit: 10,
      leaseMs: 1_000,
    });
    expect(all.map(({ lease }) => lease.id)).toContain(dispatched.id);
  });

  it('tells the owner who has it and how it ended; a second ending counts for nothing [WRK-4]', async () => {
    const { on, dispatch, take } = await scene();
    const { leased, dispatched } = await dispatch();
    const workerId = newId();
    const taken = await take(dispatched.id, 60_000, workerId);
    expect(await on.store.dispatchNews([leased.lease])).toMatchObject([{ id: dispatched.id, workerId, ending: null }]);
    expect(await on.dispatches.finish(taken!.lease, ENDING)).toBe('stored');
    expect(await on.dispatches.finish(taken!.lease, { kind: 'unasked' })).toBe('late');
    expect(await on.store.dispatchNews([leased.lease])).toMatchObject([{ id: dispatched.id, ending: ENDING }]);
  });

  it('gives it on when the lease is over, and refuses the result of the first [WRK-4]', async () => {
    const { on, dispatch, take } = await scene();
    const { dispatched } = await dispatch();
    const first = await take(dispatched.id, 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const second = await take(dispatched.id);
    expect(second?.lease.token).toBeGreaterThan(first!.lease.token);
    expect(await on.dispatches.finish(first!.lease, ENDING)).toBe('late');
    expect(await on.dispatches.keep([first!.lease], 60_000)).toEqual(new Set([dispatched.id]));
    expect(await on.dispatches.keep([second!.lease], 60_000)).toEqual(new Set());
    expect(await on.dispatches.finish(second!.lease, ENDING)).toBe('stored');
  });

  it('never gives on what may not be repeated, and ends it as uncertain [TOL-7]', async () => {
    const { on, dispatch, take } = await scene();
    const { leased, dispatched } = await dispatch({ repeatable: false });
    expect(await take(dispatched.id, 1)).toBeDefined();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await take(dispatched.id)).toBeUndefined();
    await on.dispatches.endLost();
    const [news] = await on.store.dispatchNews([leased.lease]);
    expect(news?.ending).toMatchObject({ outcome: { ok: false, uncertain: true } });
  });

  it('lets nobody begin what was taken back, and tells whoever has begun [ORC-11]', async () => {
    const { on, dispatch, take } = await scene();
    const { leased, dispatched } = await dispatch();
    expect(await on.store.withdraw(leased.lease, dispatched.id, 'leave')).toBe('unbegun');
    expect(await take(dispatched.id)).toBeUndefined();
    const other = await dispatch();
    const taken = await take(other.dispatched.id);
    expect(await on.store.withdraw(other.leased.lease, other.dispatched.id, 'leave')).toBe('begun');
    expect(await on.dispatches.keep([taken!.lease], 1_000)).toEqual(new Set());
    expect(await on.store.withdraw(other.leased.lease, other.dispatched.id, 'stop')).toBe('begun');
    expect(await on.dispatches.keep([taken!.lease], 1_000)).toEqual(new Set([other.dispatched.id]));
  });

  it('ends what was taken back, so that whoever owns the goal next hears of it [ORC-16]', async () => {
    const { on, dispatch, take } = await scene();
    const { leased, dispatched } = await dispatch();
    await on.store.withdraw(leased.lease, dispatched.id, 'leave');
    expect(await on.store.dispatchNews([leased.lease])).toMatchObject([{ ending: { kind: 'unasked' } }]);
    const begun = await dispatch();
    const taken = await take(begun.dispatched.id, 1);
    await on.store.withdraw(begun.leased.lease, begun.dispatched.id, 'stop');
    await new Promise((resolve) => setTimeout(resolve, 20));
    await on.dispatches.endLost();
    expect(await on.store.dispatchNews([begun.leased.lease])).toMatchObject([{ ending: { kind: 'unasked' } }]);
    expect(await on.dispatches.finish(taken!.lease, ENDING)).toBe('late');
  });

  it('leaves a call alone that somebody takes back who owns the goal no longer [WRK-4]', async () => {
    const { on, dispatch, take } = await scene();
    const { leased, dispatched } = await dispatch();
    const { lease } = leased;
    await on.store.withdraw({ ...lease, token: lease.token - 1 }, dispatched.id, 'stop');
    expect(await take(dispatched.id)).toBeDefined();
  });

  it('gives no call of a paused goal to anybody [ORC-11]', async () => {
    const { on, dispatch, take, change } = await scene();
    const { leased, dispatched } = await dispatch();
    const paused = { since: 0, by: leased.goal.submitter, reason: null };
    const seq = leased.goal.lastSeq + 1;
    const goal = { ...leased.goal, lastSeq: seq };
    await on.store.commit(change({ ...leased, goal }, { goal: { ...goal, paused } }));
    expect(await take(dispatched.id)).toBeUndefined();
    const later = { ...goal, lastSeq: seq + 1 };
    await on.store.commit(change({ ...leased, goal: later }, { goal: later }));
    expect(await take(dispatched.id)).toBeDefined();
  });

  it('takes back what was not made, without counting it [WRK-3]', async () => {
    const { on, dispatch, take } = await scene();
    const { dispatched } = await dispatch();
    for (let round = 0; round < 6; round++) await on.dispatches.handBack((await take(dispatched.id))!.lease);
    expect(await take(dispatched.id)).toBeDefined();
  });
}
