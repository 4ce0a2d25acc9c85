import { type DatabaseRoles, tenantTable } from '#libs/persistence';

/**
 * What was answered to a creation with an idempotency key, or that it is being worked on. Rows are kept for 24 hours
 * and removed by later requests of the same tenant.
 */
const tables = [
  `create table idempotency_key (
     tenant_id    uuid        not null references tenant (id) on delete cascade,
     principal    text        not null,
     key          text        not null check (length(key) between 1 and 255),
     -- SHA-256 of method, path and body: another request under the same key is a mistake of the caller.
     request_hash text        not null,
     -- Id that the thing created is to have, so that a second run after a crash finds what the first one made.
     resource_id  uuid        not null,
     -- Names the run that holds the key: one that was overtaken can neither answer nor release it.
     token        uuid        not null,
     locked_until timestamptz not null,
     expires_at   timestamptz not null,
     -- The answer; no status while the first run goes on.
     status       smallint,
     media_type   text,
     location     text,
     body         text,
     primary key (tenant_id, principal, key)
   )`,
  `create index idempotency_key_expiry on idempotency_key (tenant_id, expires_at)`,
];

export const createIdempotencyKeys = {
  name: 'CreateIdempotencyKeys1763600400000',
  up: (roles: DatabaseRoles): string[] => [...tables, ...tenantTable('idempotency_key', roles)],
  down: (): string[] => ['drop table idempotency_key'],
};
