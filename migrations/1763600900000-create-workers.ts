import type { SchemaStep } from '#libs/persistence';

/**
 * The processes that carry goals and run tasks. They belong to no tenant, and only the system role sees them. A row is
 * written every few seconds, so nothing that changes is indexed, and pages have room for the next version of a row.
 */
const table = `
  create table worker (
    id           uuid        primary key,
    name         text        not null,
    version      text        not null,
    machine      integer     not null,
    role         text        not null,
    capabilities text[]      not null,
    capacity     integer     not null,
    running      integer     not null,
    goals        integer     not null,
    draining     boolean     not null,
    -- How long it may be silent before it counts as gone: its own lease time, whatever that of the reader is.
    lease_ms     integer     not null,
    started_at   timestamptz not null default clock_timestamp(),
    heartbeat_at timestamptz not null default clock_timestamp(),
    stopped_at   timestamptz
  ) with (fillfactor = 50)`;

export const createWorkers: SchemaStep = {
  name: 'CreateWorkers1763600900000',
  up: (roles) => [table, `grant select, insert, update, delete on worker to ${roles.system}`],
  down: () => ['drop table worker'],
};
