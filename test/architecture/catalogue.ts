/** Runs SQL on a migrated database with the rights of its owner. */
export type Ask = <Row extends object>(sql: string, parameters?: readonly unknown[]) => Promise<Row[]>;

/** The columns by which a row belongs to a tenant; the table of tenants is a tenant's by its own id. */
const TENANT_TABLES = `
  select c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity, c.relispartition,
         case when c.relname = 'tenant' then 'id' else 'tenant_id' end as tenant_column
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
  where c.relkind in ('r', 'p')
    and (c.relname = 'tenant'
      or exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped))`;

/**
 * Tables of tenants that row-level security does not hold. A partition that neither role may touch is reached through its
 * parent only, whose policies count.
 */
export async function findOpenTables(ask: Ask, roles: readonly string[]): Promise<string[]> {
  const rows = await ask<{ relname: string }>(
    `with t as (${TENANT_TABLES})
     select relname from t
     where not (relrowsecurity and relforcerowsecurity)
       and not (relispartition and not exists (
         select from unnest($1::text[]) role, unnest(array['select', 'insert', 'update', 'delete', 'truncate']) privilege
         where has_table_privilege(role, t.oid, privilege)))
     order by 1`,
    [roles],
  );
  return rows.map((row) => row.relname);
}

/** Tables of tenants whose policies for the application role do not compare the transaction's tenants. */
export async function findWeakPolicies(ask: Ask, appRole: string): Promise<string[]> {
  const rows = await ask<{ name: string }>(
    `with t as (${TENANT_TABLES})
     select t.relname || ': ' || coalesce(p.polname, 'no policy') as name
     from t left join pg_policy p on p.polrelid = t.oid and $1::regrole = any(p.polroles)
     where not t.relispartition
       and (p.oid is null
         or pg_get_expr(p.polqual, p.polrelid) not like '%' || t.tenant_column || ' = ANY (%app.tenant_ids%'
         or pg_get_expr(p.polwithcheck, p.polrelid) not like '%' || t.tenant_column || ' = ANY (%app.tenant_ids%')
     order by 1`,
    [appRole],
  );
  return rows.map((row) => row.name);
}

/** Indexes and unique keys on tables of tenants whose first column is not the tenant. */
export async function findIndexesNotLedByTenant(ask: Ask): Promise<string[]> {
  const rows = await ask<{ name: string }>(
    `with t as (${TENANT_TABLES})
     select i.relname as name
     from t
     join pg_index x on x.indrelid = t.oid
     join pg_class i on i.oid = x.indexrelid
     left join pg_attribute a on a.attrelid = t.oid and a.attnum = x.indkey[0]
     where not t.relispartition and a.attname is distinct from t.tenant_column::name
     order by 1`,
  );
  return rows.map((row) => row.name);
}

/** Foreign keys between tables of tenants that do not carry the tenant, so that a row could point to another's. */
export async function findForeignKeysWithoutTenant(ask: Ask): Promise<string[]> {
  const rows = await ask<{ name: string }>(
    `with t as (${TENANT_TABLES})
     select k.conname as name
     from pg_constraint k
     join t child on child.oid = k.conrelid
     join t parent on parent.oid = k.confrelid
     where k.contype = 'f' and not child.relispartition
       and not exists (
         select from unnest(k.conkey) column_number
         join pg_attribute a on a.attrelid = child.oid and a.attnum = column_number
         where a.attname = child.tenant_column)
     order by 1`,
  );
  return rows.map((row) => row.name);
}

/** What the roles may do to append-only tables beyond reading and adding. */
export async function findRewritable(ask: Ask, tables: readonly string[], roles: readonly string[]): Promise<string[]> {
  const rows = await ask<{ name: string }>(
    `select role || ' may ' || privilege || ' ' || c.relname as name
     from pg_class c, unnest($2::text[]) role, unnest(array['update', 'delete', 'truncate']) privilege
     where (c.relname = any($1) or c.oid in (select inhrelid from pg_inherits where inhparent::regclass::text = any($1)))
       and c.relkind in ('r', 'p')
       and (has_table_privilege(role, c.oid, privilege)
         or (privilege = 'update' and has_any_column_privilege(role, c.oid, privilege)))
     order by 1`,
    [tables, roles],
  );
  return rows.map((row) => row.name);
}
