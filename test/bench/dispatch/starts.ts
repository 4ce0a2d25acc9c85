import { type Place, ask } from '../arena.js';

/** Writes down which transaction handed a task on, and which one took it. Only a benchmark's database has this. */
export const WATCH = `
  create table public.bench_start (n serial primary key, handed_on xid not null, taken xid not null);
  create function public.bench_note_start() returns trigger language plpgsql security definer as $$
    begin
      insert into public.bench_start (handed_on, taken) values (old.xmin, pg_current_xact_id()::xid);
      return null;
    end $$;
  create trigger bench_start after update on task_dispatch for each row
    when (old.started_at is null and new.started_at is not null) execute function public.bench_note_start()`;

/** From commit to commit, in milliseconds, without the first ones. */
export async function startsSince({ administratorUrl }: Place, first: number): Promise<number[]> {
  const rows = await ask<{ ms: number }>(
    administratorUrl,
    `select extract(epoch from pg_xact_commit_timestamp(taken) - pg_xact_commit_timestamp(handed_on))::float8 * 1000 as ms
       from public.bench_start order by n offset $1`,
    [first],
  );
  return rows.map(({ ms }) => ms);
}
