import { setTimeout as wait } from 'node:timers/promises';
import { type Place, ask } from '../arena.js';
import type { SubmitGoalBody } from '../../../src/goals/goals.schemas.js';
import type { User } from '../program/in-process.js';

const LOOK_MS = 250;

/**
 * Puts goals into the queue at one blow: a goal is submitted that waits to be started, and its rows are copied under
 * new ids as ones that wait for nothing. So it is seen what a full queue does, and not what filling it does.
 */
export async function fillQueue(place: Place, user: User, body: SubmitGoalBody, goals: number): Promise<void> {
  const template = await user.submit({ ...body, start: false });
  const copy = (table: string, column: string, changes: string): string => `
    insert into ${table}
    select made.* from id
      cross join ${table} t
      cross join lateral jsonb_populate_record(t, jsonb_build_object('${column}', id.id${changes})) made
     where t.${column} = '${template}'`;
  await ask(
    place.administratorUrl,
    `begin;
     create temporary table id on commit drop as select uuidv7() as id from generate_series(1, ${goals});
     ${copy('goal', 'id', `, 'held', false, 'wake_at', clock_timestamp()`)};
     ${copy('goal_plan', 'goal_id', '')};
     ${copy('goal_journal', 'goal_id', '')};
     delete from goal where id = '${template}';
     commit`,
  );
}

/** Resolves when nothing of a tenant is left to do. */
export async function untilQuiet(place: Place, tenantId: string): Promise<void> {
  for (;;) {
    const rows = await ask<{ open: boolean }>(
      place.administratorUrl,
      `select exists (select from goal where tenant_id = $1 and finished_at is null) as open`,
      [tenantId],
    );
    if (!rows[0]!.open) return;
    await wait(LOOK_MS);
  }
}
