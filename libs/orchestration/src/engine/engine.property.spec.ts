import { array, assert, asyncProperty, boolean, constantFrom, nat, record } from 'fast-check';
import { systemClock } from '#libs/kernel';
import { describe, expect, it } from 'vitest';
import { InMemoryGoalStore } from '../conformance/in-memory-goal-store.js';
import { engineOver, failed, newGoal, ok, until } from '../conformance/kit.js';
import { assertListed } from '../machine/machine.js';
import { isFinal } from '../machine/states.js';

const ACTOR = { kind: 'user', id: 'usr_test', name: 'somebody' };

/** A random graph: each task may wait for earlier ones only, so it has no circle. What a task does is drawn too. */
const graph = array(
  record({
    needs: array(nat(100), { maxLength: 3 }),
    does: constantFrom('ok', 'ok', 'ok', 'retry', 'fail', 'slow'),
  }),
  { minLength: 1, maxLength: 12 },
).map((tasks) =>
  tasks.map(({ needs, does }, n) => ({
    id: `t${n}`,
    tool: does,
    retry: { max_attempts: 2 },
    depends_on: n === 0 ? [] : [...new Set(needs.map((each) => `t${each % n}`))],
  })),
);
const COMMANDS = ['start', 'cancel', 'pause', 'resume'] as const;
const commands = array(record({ after: nat(30), kind: constantFrom(...COMMANDS) }), { maxLength: 4 });

describe('any plan under any commands', () => {
  it('ends, runs each task only after its dependencies, and its journal replays to its state [ORC-2, ORC-6, ORC-11]', async () => {
    await assert(
      asyncProperty(graph, commands, boolean(), async (tasks, asked, replan) => {
        const store = new InMemoryGoalStore(systemClock);
        const tries = new Map<string, number>();
        const { engine, reports } = engineOver(store, {
          tools: {
            ok: { run: () => ok({}) },
            fail: { run: () => failed('no', false) },
            slow: { run: async () => (await new Promise((resolve) => setTimeout(resolve, 3)), ok({})) },
            retry: {
              run: ({ taskId }) => {
                const n = (tries.get(taskId) ?? 0) + 1;
                tries.set(taskId, n);
                return n % 2 === 1 ? failed('once', true) : ok({});
              },
            },
          },
        });
        engine.start();
        const goal = newGoal({ tasks }, { onFailure: replan ? 'replan' : 'fail' });
        const { tenantId, id } = goal.goal;
        const command = (kind: (typeof COMMANDS)[number]) =>
          store.command(tenantId, { id: crypto.randomUUID(), goalId: id, kind, actor: ACTOR, reason: null });
        await store.submit(goal);
        for (const { after, kind } of asked) {
          await new Promise((resolve) => setTimeout(resolve, after));
          await command(kind);
        }
        // Whatever was asked before, a paused goal is let go on.
        await command('resume');
        const end = await until(async () => {
          const found = (await store.read(tenantId, id))!;
          return isFinal(found.goal.state) && found;
        });
        await engine.stop(100);

        let state = 'IDLE';
        for (const { from, to } of end.journal) {
          if (!from || !to) continue;
          expect(from).toBe(state);
          assertListed(from, to);
          state = to;
        }
        expect(state).toBe(end.goal.state);
        const byKey = new Map(end.tasks.map((task) => [task.key, task]));
        for (const task of end.tasks) {
          if (task.startedAt === null) continue;
          for (const key of task.dependsOn) {
            const needed = byKey.get(key)!;
            expect(needed.state).toBe('SUCCEEDED');
            expect(task.startedAt).toBeGreaterThanOrEqual(needed.finishedAt!);
          }
        }
        const completed = end.journal
          .filter((entry) => entry.type === 'task.completed')
          .map((entry) => entry.data?.['key']);
        expect(new Set(completed).size).toBe(completed.length);
        const allSucceeded = end.tasks.every((task) => task.state === 'SUCCEEDED');
        expect(allSucceeded || end.goal.state !== 'COMPLETED').toBe(true);
        expect(reports).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });
});
