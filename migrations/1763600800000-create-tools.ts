import { type SchemaStep, tenantTable } from '#libs/persistence';

/**
 * Tools that tenants register. A row is never changed: what was registered is good until it is deleted, and another
 * definition is another row with another id, by which processes see that they have to read it.
 */
const tables = [
  `create table tool (
     tenant_id     uuid        not null references tenant (id),
     id            uuid        not null,
     -- By bytes, as the program compares names.
     name          text        collate "C" not null,
     definition    json        not null,
     registered_by json        not null,
     registered_at timestamptz not null default clock_timestamp(),
     primary key (tenant_id, id),
     unique (tenant_id, name)
   )`,
];

export const createTools: SchemaStep = {
  name: 'CreateTools1763600800000',
  up: (roles) => [...tables, ...tenantTable('tool', roles, { app: 'select, insert, delete', system: 'select' })],
  down: () => ['drop table tool'],
};
