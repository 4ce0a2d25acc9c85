import { type SchemaStep, tenantTable } from '#libs/persistence';

/**
 * Calls that the owner of a goal hands to other workers. A row is there from the commit that tells of the task until
 * its owner has dealt with how the call ended; meanwhile it is leased to the worker that makes it.
 */
const tables = [
  `create table task_dispatch (
     tenant_id   uuid        not null,
     goal_id     uuid        not null,
     id          uuid        not null,
     task_id     uuid        not null,
     attempt     integer     not null,
     purpose     text        not null check (purpose in ('call', 'check')),
     needs       text        not null,
     repeatable  boolean     not null,
     priority    smallint    not null,
     work        json        not null,
     hint        uuid,
     created_at  timestamptz not null default clock_timestamp(),
     worker_id   uuid,
     token       bigint      not null default 0,
     deliveries  integer     not null default 0,
     lease_until timestamptz,
     started_at  timestamptz,
     withdrawn   boolean     not null default false,
     ending      json,
     primary key (tenant_id, goal_id, id),
     foreign key (tenant_id, goal_id) references goal (tenant_id, id) on delete cascade
   )`,
  // What is taken next, and what may have been lost: both are few, and only those that have not ended.
  `create index task_dispatch_open on task_dispatch (tenant_id, needs, priority desc, id) include (worker_id, lease_until)
    where ending is null`,
];

export const createDispatches: SchemaStep = {
  name: 'CreateDispatches1763601000000',
  up: (roles) => [...tables, ...tenantTable('task_dispatch', roles)],
  down: () => ['drop table task_dispatch'],
};
