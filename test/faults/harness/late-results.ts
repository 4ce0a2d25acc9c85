import { parsePublicId } from '#libs/kernel';
import type { Village } from './village.js';

const LATE = `
  select count(distinct resource_id)::int as count from event where type = 'goal.late_result_refused' and resource_id = any($1::uuid[])`;

/** For how many of these goals it is on record that a result came too late and was refused. */
export async function lateResults({ database }: Village, goals: readonly { readonly id: string }[]): Promise<number> {
  const ids = goals.map(({ id }) => parsePublicId('goal', id));
  const [row] = await database.system.once<{ count: number }>(LATE, [ids]);
  return row!.count;
}
