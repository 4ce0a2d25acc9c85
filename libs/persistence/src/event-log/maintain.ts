import type { QueryRunner } from 'typeorm';

/**
 * Raises the epoch of the event log when the database has moved to another cluster, e.g. by a dump and restore:
 * transaction numbers begin anew there, and without a new epoch new events would sort before old ones. Runs as the
 * owner of the tables, after the migrations and under their lock.
 */
export async function raiseEpochAfterMove(runner: QueryRunner): Promise<void> {
  const rows = (await runner.query(
    `insert into log_epoch (epoch, system_identifier)
     select e.epoch + 1, here.system_identifier
       from (select * from log_epoch order by epoch desc limit 1) e, pg_control_system() here
      where e.system_identifier <> here.system_identifier
     returning epoch`,
  )) as { epoch: number }[];
  const epoch = rows[0]?.epoch;
  if (epoch !== undefined) await runner.query(`alter table event alter column epoch set default ${epoch}`);
}
