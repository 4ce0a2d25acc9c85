import { type SchemaStep, tenantTable } from '#libs/persistence';

/** API keys. Only the hash of a key is kept: 224 random bits need no slow hash, and a stolen table opens nothing. */
const tables = [
  `create table api_key (
     tenant_id     uuid        not null references tenant (id) on delete cascade,
     id            uuid        not null,
     -- Unique over all tenants, and led by nothing: the key tells the tenant, not the other way round.
     key_id        text        not null unique check (key_id ~ '^ak_[0-9a-f]{12}$'),
     name          text        not null check (name <> ''),
     kind          text        not null check (kind in ('personal', 'service', 'tenant', 'admin')),
     status        text        not null check (status in ('active', 'suspended', 'revoked')),
     scopes        text[]      not null,
     secret_sha256 bytea       not null check (octet_length(secret_sha256) = 32),
     owner_user_id uuid        not null,
     created_by    uuid        not null,
     expires_at    timestamptz,
     created_at    timestamptz not null default now(),
     updated_at    timestamptz not null default now(),
     primary key (tenant_id, id),
     foreign key (tenant_id, owner_user_id) references membership (tenant_id, user_id),
     foreign key (tenant_id, created_by) references membership (tenant_id, user_id)
   )`,
  `create index api_key_owner on api_key (tenant_id, owner_user_id)`,
];

export const createApiKeys: SchemaStep = {
  name: 'CreateApiKeys1763600200000',
  up: (roles) => [...tables, ...tenantTable('api_key', roles)],
  down: () => ['drop table api_key'],
};
