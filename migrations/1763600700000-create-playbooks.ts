import { type SchemaStep, tenantTable } from '#libs/persistence';

/**
 * Playbooks that tenants store for themselves. A version is never changed, and stays when its playbook is deleted: goals
 * name the one that made their plan, and a playbook that is stored again goes on counting. What a playbook is found by
 * stands in columns of its own, because it is read without the plan and without the text.
 */
const tables = [
  `create table playbook_version (
     tenant_id   uuid        not null references tenant (id),
     -- By bytes, as the program compares names: pages of a list meet at a name.
     name        text        collate "C" not null,
     version     integer     not null check (version > 0),
     -- Of the request that stored it.
     id          uuid        not null,
     title       text        not null,
     description text        not null,
     parameters  json        not null,
     phrases     json        not null,
     plan        json        not null,
     source      text        not null,
     created_by  json        not null,
     created_at  timestamptz not null default clock_timestamp(),
     primary key (tenant_id, name, version),
     unique (tenant_id, id)
   )`,
  `create table playbook (
     tenant_id  uuid        not null,
     name       text        collate "C" not null,
     version    integer     not null,
     created_at timestamptz not null default clock_timestamp(),
     primary key (tenant_id, name),
     foreign key (tenant_id, name, version) references playbook_version (tenant_id, name, version)
   )`,
  `alter table goal add column planned_by json`,
];

export const createPlaybooks: SchemaStep = {
  name: 'CreatePlaybooks1763600700000',
  up: (roles) => [
    ...tables,
    ...tenantTable('playbook_version', roles, { app: 'select, insert', system: 'select' }),
    ...tenantTable('playbook', roles),
  ],
  down: () => ['alter table goal drop column planned_by', 'drop table playbook, playbook_version'],
};
