import { type SchemaStep, tenantTable } from '#libs/persistence';

/**
 * Which rows of its goal's journal a file was current for: a fork begins with the files as they were then. `artifact`
 * keeps what is current, so that readers of the present are not slowed by the past, and links to a file stay; what was
 * replaced or removed goes to `artifact_past`. What is there already counts as there from the first row on.
 */
export const keepArtifactHistory: SchemaStep = {
  name: 'KeepArtifactHistory1763601300000',
  up: (roles) => [
    'alter table artifact add column from_seq integer not null default 1',
    // A file was there from from_seq to before until_seq. Where they are equal, a file that no task had written, such as
    // an input file, was removed: it has no content here.
    `create table artifact_past (
       tenant_id  uuid    not null,
       goal_id    uuid    not null,
       path       text    not null,
       from_seq   integer not null,
       until_seq  integer not null,
       task_id    uuid    not null,
       size       bigint,
       sha256     text,
       media_type text,
       primary key (tenant_id, goal_id, path, from_seq),
       foreign key (tenant_id, goal_id) references goal (tenant_id, id) on delete cascade
     )`,
    ...tenantTable('artifact_past', roles, { app: 'select, insert', system: 'select' }),
    'alter table goal add column forked_from json',
  ],
  down: () => [
    'alter table goal drop column forked_from',
    'drop table artifact_past',
    'alter table artifact drop column from_seq',
  ],
};
