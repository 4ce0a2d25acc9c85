import { type Place, ask } from '../arena.js';
import type { Contender } from './contender.js';
import { Peer } from './peer.js';

/** DBOS Transact, on the same PostgreSQL as the others; the work is in ../peers/dbos.ts. */
export async function openDbos(place: Place): Promise<Contender> {
  const peer = await Peer.start('dbos', { DATABASE_URL: place.ownerUrl });
  return {
    name: 'dbos',
    place,
    processes: { node: peer.pid, server: place.serverPid },
    run: (times, lanes) => peer.run(times, lanes),
    verify: () => peer.verify(),
    rows: () => rowsPerWorkflow(place),
    [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose](),
  };
}

/** DBOS keeps a row of each workflow and one of each step. */
async function rowsPerWorkflow({ ownerUrl }: Place): Promise<number> {
  const found = await ask<{ rows: number }>(
    ownerUrl,
    'select 1 + (select count(*) from dbos.operation_outputs)::float8 / count(*) as rows from dbos.workflow_status',
  );
  return found[0]!.rows;
}
