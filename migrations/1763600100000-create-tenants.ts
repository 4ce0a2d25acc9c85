import { type DatabaseRoles, type SchemaStep, isCurrentTenant, tenantTable } from '#libs/persistence';

/**
 * People, organisations, and who belongs where. Accounts are global: a tenant's transaction sees those of its members
 * only, and neither the hash of a password nor who administers the platform.
 */
const tables = [
  `create table user_account (
     id                uuid        primary key,
     email             text        not null unique check (email = lower(email) and email like '_%@_%'),
     name              text        not null check (name <> ''),
     status            text        not null check (status in ('ACTIVE', 'DEACTIVATED')),
     email_verified_at timestamptz,
     password_hash     text,
     is_system_admin   boolean     not null default false,
     created_at        timestamptz not null default now(),
     updated_at        timestamptz not null default now()
   )`,
  `create table tenant (
     id                uuid        primary key,
     name              text        not null check (name <> ''),
     slug              text        not null unique check (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
     tier              text        not null check (tier in ('FREE', 'STARTER', 'PROFESSIONAL', 'ENTERPRISE')),
     status            text        not null check (status in ('PENDING', 'ACTIVE', 'SUSPENDED', 'DELETED')),
     suspension_reason text        check (suspension_reason in ('quota', 'billing', 'admin')),
     owner_user_id     uuid        not null references user_account (id),
     settings          jsonb       not null default '{}' check (jsonb_typeof(settings) = 'object'),
     branding          jsonb       not null default '{}' check (jsonb_typeof(branding) = 'object'),
     created_at        timestamptz not null default now(),
     updated_at        timestamptz not null default now(),
     deleted_at        timestamptz,
     check ((status = 'SUSPENDED') = (suspension_reason is not null)),
     check ((status = 'DELETED') = (deleted_at is not null))
   )`,
  `create table tenant_domain (
     tenant_id   uuid        not null references tenant (id) on delete cascade,
     domain      text        not null check (domain = lower(domain) and domain like '_%._%'),
     verified_at timestamptz,
     created_at  timestamptz not null default now(),
     primary key (tenant_id, domain)
   )`,
  // Anybody may claim a domain, but only one tenant can prove it: hence this index is over all tenants.
  `create unique index tenant_domain_verified on tenant_domain (domain) where verified_at is not null`,
  `create table membership (
     tenant_id  uuid        not null references tenant (id) on delete cascade,
     user_id    uuid        not null references user_account (id),
     roles      text[]      not null check (roles <@ array['TENANT_ADMIN', 'DEVELOPER', 'OPERATOR', 'VIEWER']),
     status     text        not null check (status in ('ACTIVE', 'DEACTIVATED')),
     created_at timestamptz not null default now(),
     updated_at timestamptz not null default now(),
     primary key (tenant_id, user_id)
   )`,
];

// Issuers and links are made of the slug, so not even the owner of the table changes one by mistake.
const fixedSlug = [
  `create function refuse_change_of_slug() returns trigger language plpgsql as $$
     begin
       raise exception 'the slug of a tenant cannot be changed' using errcode = 'restrict_violation';
     end $$`,
  `create trigger tenant_slug_is_fixed before update of slug on tenant
     for each row when (old.slug is distinct from new.slug) execute function refuse_change_of_slug()`,
];

function rights(roles: DatabaseRoles): string[] {
  const { app, system } = roles;
  const isSystem = `current_user = '${system}'`;
  return [
    ...tenantTable('tenant', roles, { column: 'id', app: 'select, update (name, settings, branding, updated_at)' }),
    ...tenantTable('tenant_domain', roles),
    ...tenantTable('membership', roles),
    `alter table user_account enable row level security`,
    `alter table user_account force row level security`,
    `create policy member_rows on user_account for select to ${app} using (exists (
       select from membership m where m.user_id = user_account.id and ${isCurrentTenant('m.tenant_id')}))`,
    `create policy system_rows on user_account to ${system} using (${isSystem}) with check (${isSystem})`,
    `grant select (id, email, name, status, email_verified_at, created_at, updated_at) on user_account to ${app}`,
    `grant select, insert, update, delete on user_account to ${system}`,
  ];
}

export const createTenants: SchemaStep = {
  name: 'CreateTenants1763600100000',
  up: (roles) => [...tables, ...fixedSlug, ...rights(roles)],
  down: () => ['drop table membership, tenant_domain, tenant, user_account', 'drop function refuse_change_of_slug'],
};
