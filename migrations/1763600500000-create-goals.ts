import { type SchemaStep, tenantTable } from '#libs/persistence';

/**
 * Goals and what belongs to them. What users wrote (context, plan, arguments, outputs) is `json`, not `jsonb`: it is
 * given back as it came, with its order of keys and its numbers, and nothing queries inside.
 */
const tables = [
  `create table goal (
     tenant_id     uuid        not null references tenant (id),
     id            uuid        not null,
     description   text        not null,
     priority      smallint    not null check (priority between 0 and 3),
     context       json        not null,
     deadline      timestamptz,
     pattern       text,
     budget        json,
     on_failure    text        not null check (on_failure in ('fail', 'replan')),
     submitter     json        not null,
     retry_of      uuid,
     files         json        not null,
     held          boolean     not null,
     state         text        not null,
     paused        json,
     plan_version  integer     not null,
     replans       integer     not null default 0,
     progress      json        not null,
     result        json,
     error         json,
     active_ms     bigint      not null default 0,
     created_at    timestamptz not null default now(),
     started_at    timestamptz,
     finished_at   timestamptz,
     last_seq      integer     not null,
     lease_owner   uuid,
     lease_token   bigint      not null default 0,
     claims        integer     not null default 0,
     wake_at       timestamptz,
     primary key (tenant_id, id)
   )`,
  // wake_at says when a goal may be claimed: now for a new one, the end of its lease for one that is carried, null for
  // one that only a command can move. The claim reads these two indexes: goals that nobody holds in the order in which
  // they are taken (ids are made in the order of time), and the few that somebody holds.
  `create index goal_due on goal (tenant_id, priority desc, id) include (wake_at)
    where wake_at is not null and lease_owner is null`,
  `create index goal_leased on goal (tenant_id) include (wake_at) where lease_owner is not null`,
  `create index goal_by_state on goal (tenant_id, state, id)`,
  `create table goal_plan (
     tenant_id  uuid        not null,
     goal_id    uuid        not null,
     version    integer     not null,
     plan       json        not null,
     created_at timestamptz not null default now(),
     primary key (tenant_id, goal_id, version),
     foreign key (tenant_id, goal_id) references goal (tenant_id, id) on delete cascade
   )`,
  `create table task (
     tenant_id    uuid        not null,
     goal_id      uuid        not null,
     id           uuid        not null,
     key          text        not null,
     position     integer     not null,
     plan_version integer     not null,
     state        text        not null,
     attempts     integer     not null,
     depends_on   json        not null,
     tool         text        not null,
     output       json,
     output_bytes integer     not null,
     error        json,
     worker_id    uuid,
     started_at   timestamptz,
     finished_at  timestamptz,
     retry_at     timestamptz,
     primary key (tenant_id, goal_id, id),
     foreign key (tenant_id, goal_id) references goal (tenant_id, id) on delete cascade
   )`,
  // No foreign key: nineteen rows of an average goal would each be checked, and they are only ever written by a
  // statement that has just updated their goal.
  `create table goal_journal (
     tenant_id  uuid        not null,
     goal_id    uuid        not null,
     seq        integer     not null,
     at         timestamptz not null,
     type       text        not null,
     from_state text,
     to_state   text,
     actor      json        not null,
     reason     text,
     data       json,
     primary key (tenant_id, goal_id, seq)
   )`,
  // What is asked of a goal's owner. A row goes when it has been dealt with; the journal tells of it.
  `create table goal_command (
     tenant_id  uuid        not null,
     goal_id    uuid        not null,
     id         uuid        not null,
     kind       text        not null check (kind in ('start', 'cancel', 'pause', 'resume')),
     actor      json        not null,
     reason     text,
     created_at timestamptz not null default now(),
     primary key (tenant_id, goal_id, id),
     foreign key (tenant_id, goal_id) references goal (tenant_id, id) on delete cascade
   )`,
  `create table artifact (
     tenant_id  uuid        not null,
     goal_id    uuid        not null,
     id         uuid        not null,
     task_id    uuid        not null,
     path       text        not null,
     size       bigint      not null,
     sha256     text        not null,
     media_type text        not null,
     created_at timestamptz not null default now(),
     primary key (tenant_id, goal_id, id),
     unique (tenant_id, goal_id, path),
     foreign key (tenant_id, goal_id) references goal (tenant_id, id) on delete cascade
   )`,
  `create table stored_file (
     tenant_id  uuid        not null references tenant (id),
     id         uuid        not null,
     name       text,
     size       bigint      not null,
     sha256     text        not null,
     media_type text        not null,
     created_by json        not null,
     created_at timestamptz not null default now(),
     primary key (tenant_id, id)
   )`,
];

export const createGoals: SchemaStep = {
  name: 'CreateGoals1763600500000',
  up: (roles) => [
    ...tables,
    ...['goal', 'goal_plan', 'task', 'goal_command', 'artifact', 'stored_file'].flatMap((table) =>
      tenantTable(table, roles),
    ),
    ...tenantTable('goal_journal', roles, { app: 'select, insert', system: 'select' }),
  ],
  down: () => ['drop table stored_file, artifact, goal_command, goal_journal, task, goal_plan, goal'],
};
