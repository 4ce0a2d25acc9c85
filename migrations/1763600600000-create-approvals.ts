import { type SchemaStep, tenantTable } from '#libs/persistence';

/**
 * Approvals and kill switches. An approval is written by its goal's owner, who asks, and by whoever decides; the
 * decision reaches the owner as a command in the same transaction. A kill switch is a row for as long as it is engaged;
 * the one for everything belongs to no tenant, and tenants may see that it is engaged, but not by whom and why.
 */
const tables = [
  `alter table goal
     add column depth  integer not null default 0,
     add column tokens bigint  not null default 0,
     add column agents integer not null default 0,
     -- Whether whoever put it back said to wake it later: those are found by their time, not by looking at all of them.
     add column sleeping boolean not null default false`,
  'drop index goal_due',
  `create index goal_due on goal (tenant_id, sleeping, priority desc, id) include (wake_at)
    where wake_at is not null and lease_owner is null`,
  `create index goal_sleeping on goal (tenant_id, wake_at) where sleeping and lease_owner is null`,
  `alter table task add column approval json`,
  `alter table goal_command
     drop constraint goal_command_kind_check,
     add constraint goal_command_kind_check check (kind in ('start', 'cancel', 'pause', 'resume', 'decide')),
     add column decision json`,
  `create table approval (
     tenant_id       uuid        not null,
     id              uuid        not null,
     goal_id         uuid        not null,
     task_id         uuid        not null,
     tool            text        not null,
     action          text        not null,
     risk            text        not null,
     arguments       json        not null,
     check_command   json,
     arguments_hash  text        not null,
     reason          text        not null,
     requested_by    json        not null,
     requested_at    timestamptz not null default clock_timestamp(),
     expires_at      timestamptz not null,
     state           text        not null default 'pending'
                     check (state in ('pending', 'approved', 'rejected', 'expired', 'void')),
     decided_by      json,
     decided_at      timestamptz,
     decision_reason text,
     primary key (tenant_id, id),
     foreign key (tenant_id, goal_id) references goal (tenant_id, id) on delete cascade
   )`,
  `create index approval_by_goal on approval (tenant_id, goal_id)`,
  `create index approval_by_state on approval (tenant_id, state, id)`,
  `create table kill_switch (
     tenant_id  uuid        not null references tenant (id),
     id         uuid        not null,
     -- Null for the whole tenant.
     goal_id    uuid,
     engaged_by json        not null,
     reason     text,
     engaged_at timestamptz not null default clock_timestamp(),
     -- Whether somebody else engaged it, too: then it is not for the first one alone to lift.
     seconded   boolean     not null default false,
     primary key (tenant_id, id),
     unique nulls not distinct (tenant_id, goal_id),
     foreign key (tenant_id, goal_id) references goal (tenant_id, id) on delete cascade
   )`,
  `create table installation_switch (
     engaged    boolean     primary key check (engaged),
     engaged_by json        not null,
     reason     text,
     engaged_at timestamptz not null default clock_timestamp()
   )`,
];

const TOUCHED = ['goal', 'task', 'goal_command'];

export const createApprovals: SchemaStep = {
  name: 'CreateApprovals1763600600000',
  up: (roles) => [
    ...tables,
    ...tenantTable('approval', roles),
    ...tenantTable('kill_switch', roles),
    `grant select (engaged, engaged_at) on installation_switch to ${roles.app}`,
    `grant select, insert, update, delete on installation_switch to ${roles.system}`,
  ],
  down: () => [
    'drop table installation_switch, kill_switch, approval',
    // Row-level security shows the owner of the tables nothing as long as it is forced.
    ...TOUCHED.map((table) => `alter table ${table} no force row level security`),
    `delete from goal_command where kind = 'decide'`,
    // Nobody could decide them any more: what waits is tried again, at once.
    `update goal g set wake_at = now()
      where lease_owner is null and exists (select from task t where t.tenant_id = g.tenant_id and t.goal_id = g.id
                                                                 and t.state = 'AWAITING_APPROVAL')`,
    `update task set state = 'READY' where state = 'AWAITING_APPROVAL'`,
    ...TOUCHED.map((table) => `alter table ${table} force row level security`),
    `alter table goal_command
       drop column decision,
       drop constraint goal_command_kind_check,
       add constraint goal_command_kind_check check (kind in ('start', 'cancel', 'pause', 'resume'))`,
    'alter table task drop column approval',
    'drop index goal_due, goal_sleeping',
    `create index goal_due on goal (tenant_id, priority desc, id) include (wake_at)
      where wake_at is not null and lease_owner is null`,
    'alter table goal drop column depth, drop column tokens, drop column agents, drop column sleeping',
  ],
};
