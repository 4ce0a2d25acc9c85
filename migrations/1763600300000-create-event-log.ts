import { type SchemaStep, tenantTable } from '#libs/persistence';

/**
 * What organisations must know, appended in the transaction of the change that it tells of. Partitioned by month, so
 * that old events go by dropping a table. Readers follow (epoch, xid, id) and read only what no running transaction
 * can still add to; the epoch orders rows of before and after a restore into another cluster, where transaction
 * numbers begin anew.
 */
const tables = [
  `create table log_epoch (
     epoch             integer     primary key,
     system_identifier bigint      not null,
     started_at        timestamptz not null default now()
   )`,
  `create table event (
     tenant_id     uuid        not null,
     id            uuid        not null,
     at            timestamptz not null default clock_timestamp(),
     epoch         integer     not null default 1,
     xid           xid8        not null default pg_current_xact_id(),
     type          text        not null,
     category      text        not null,
     severity      text        not null,
     outcome       text        not null,
     actor         json        not null,
     resource_kind text,
     resource_id   uuid,
     request_id    text,
     data          json,
     primary key (tenant_id, at, id)
   ) partition by range (at)`,
  `create index event_order on event (tenant_id, epoch, xid, id)`,
  `create table event_rest partition of event default`,
];

/**
 * Makes the partitions of this month and the two that follow. It runs with the owner's rights, because a process that
 * runs for months makes them too, and its login owns nothing. Partitions take no access of their own: forced
 * row-level security without a policy refuses everybody who does not come through the parent. A month whose events went
 * to the rest already stays there, and does not keep the later ones from being made.
 */
const partitions = (schema: string) => `
  create function ensure_event_partitions() returns void language plpgsql security definer
    set search_path = ${schema}, pg_temp as $$
  declare
    month timestamptz := date_trunc('month', now(), 'UTC');
    name  text;
  begin
    perform pg_advisory_xact_lock(hashtextextended('agent_village.event_partitions', 0));
    for n in 0..2 loop
      name := 'event_' || to_char(month at time zone 'UTC', 'YYYY_MM');
      if to_regclass(name) is null then
        begin
          execute format('create table %I partition of event for values from (%L) to (%L)', name, month, month + interval '1 month');
          execute format('alter table %I enable row level security', name);
          execute format('alter table %I force row level security', name);
        exception when check_violation then
          raise warning 'events of % are in event_rest already, so that it has no partition', name;
        end;
      end if;
      month := month + interval '1 month';
    end loop;
  end $$`;

export const createEventLog: SchemaStep = {
  name: 'CreateEventLog1763600300000',
  up: (roles) => [
    ...tables,
    'alter table event_rest enable row level security',
    'alter table event_rest force row level security',
    ...tenantTable('event', roles, { app: 'select, insert', system: 'select, insert' }),
    `grant select on log_epoch to ${roles.app}, ${roles.system}`,
    `insert into log_epoch (epoch, system_identifier) select 1, system_identifier from pg_control_system()`,
    partitions('public'),
    'revoke all on function ensure_event_partitions() from public',
    `grant execute on function ensure_event_partitions() to ${roles.system}`,
    'select ensure_event_partitions()',
  ],
  down: () => ['drop function ensure_event_partitions', 'drop table event', 'drop table log_epoch'],
};
