import { setTimeout as wait } from 'node:timers/promises';
import type { Arena } from '../arena.js';
import type { Built } from '../built.js';
import { heldMegabytes, residentMegabytes } from '../heap.js';
import { inLanes, rounded, within } from '../measure.js';
import { bodyOf } from '../program/body.js';
import { openInProcess } from '../program/in-process.js';
import type { Opened } from '../program/place.js';
import type { Figures } from '../report.js';

const LANES = 20;
const LOOK_MS = 200;
const LONGEST_MS = 120_000;
const WARM_UP = 500;

const GOAL = bodyOf({
  description: 'Remove what nobody needs',
  plan: { tasks: [{ id: 'clean', tool: 'delete_file', arguments: { path: 'old.csv' } }] },
});

/**
 * Goals that wait for somebody's approval: what they hold in the database (no lease, asserted) and in the process that
 * has carried them that far. The first goals warm the process up and are not counted.
 */
export async function waiting(built: Built, arena: Arena, goals: number): Promise<Figures> {
  await using program = await openInProcess(built, await arena.place('engine'));
  const ask = async (count: number, inAll: number): Promise<void> => {
    await inLanes(count, LANES, async () => void (await program.user.submit(GOAL)));
    await untilAllWait(program.opened, inAll);
  };
  const first = Math.min(WARM_UP, goals);
  await within(LONGEST_MS, 'the first goals that wait', ask(first, first));
  const [held, resident] = [heldMegabytes(), residentMegabytes()];
  const began = performance.now();
  await within(LONGEST_MS, 'the goals that wait', ask(goals, first + goals));
  const seconds = (performance.now() - began) / 1000;
  return {
    name: 'waiting',
    figures: {
      goals,
      goals_per_second: rounded(goals / seconds, 0),
      leases: await leasesOf(program.opened),
      held_growth_mb: rounded(heldMegabytes() - held, 2),
      resident_growth_mb: rounded(residentMegabytes() - resident, 1),
    },
  };
}

async function untilAllWait(opened: Opened, goals: number): Promise<void> {
  for (;;) {
    const rows = await opened.database.tenants.once<{ waiting: number }>(
      opened.tenantId,
      `select count(*)::int as waiting from task where state = 'AWAITING_APPROVAL'`,
    );
    if (rows[0]!.waiting === goals && (await leasesOf(opened)) === 0) return;
    await wait(LOOK_MS);
  }
}

async function leasesOf({ database, tenantId }: Opened): Promise<number> {
  const rows = await database.tenants.once<{ leases: number }>(
    tenantId,
    'select count(*)::int as leases from goal where lease_owner is not null or wake_at <= now()',
  );
  return rows[0]!.leases;
}
