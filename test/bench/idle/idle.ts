import { setTimeout as wait } from 'node:timers/promises';
import { type Arena, type Place, ask } from '../arena.js';
import type { Built } from '../built.js';
import { rounded } from '../measure.js';
import { startChild } from '../program/child.js';
import { environmentOf, preparePlace } from '../program/place.js';
import type { Figures } from '../report.js';

/** Loads what counts the statements into the server. Statements inside functions are not counted, `begin` and such are. */
export const SERVER_SETTINGS = { shared_preload_libraries: 'pg_stat_statements' };

const SETTLE_MS = 5_000;
const WATCHED_MS = 30_000;
const ROLES = ['all', 'api', 'worker'] as const;

/**
 * Statements that a process sends while there is nothing to do, by the server's own count (pg_stat_statements, by
 * database), in each role that serves. Each process has a database of its own; all are watched at the same time.
 */
export async function idle(built: Built, arena: Arena, scale: number): Promise<Figures[]> {
  await using stack = new AsyncDisposableStack();
  const watched: { role: string; place: Place }[] = [];
  for (const role of ROLES) {
    const place = await arena.place(databaseOf(role));
    await preparePlace(built, place);
    stack.use(await startChild(built, { ...environmentOf(place), ROLE: role }));
    watched.push({ role, place });
  }
  const { administratorUrl } = watched[0]!.place;
  await ask(administratorUrl, 'create extension pg_stat_statements');
  await wait(SETTLE_MS * scale);
  await ask(administratorUrl, 'select pg_stat_statements_reset()');
  const began = performance.now();
  await wait(WATCHED_MS * scale);
  const seconds = (performance.now() - began) / 1000;
  const counts = await ask<{ database: string; calls: number }>(
    administratorUrl,
    `select datname as database, sum(calls)::float8 as calls
       from pg_stat_statements join pg_database d on d.oid = dbid
      where query not like '%pg_stat_statements%' group by datname`,
  );
  return watched.map(({ role }) => {
    const calls = counts.find(({ database }) => database === databaseOf(role))?.calls ?? 0;
    return {
      name: `idle-${role}`,
      figures: { seconds: rounded(seconds, 1), queries_per_second: rounded(calls / seconds, 2) },
    };
  });
}

function databaseOf(role: string): string {
  return `idle_${role}`;
}
