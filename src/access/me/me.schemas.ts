import { idSchema } from '#libs/http';
import { z } from 'zod';

/** The answer of `GET /api/v1/me`. */
export const meSchema = z
  .object({
    principal: z.object({
      kind: z.enum(['user', 'api_key', 'service', 'agent', 'system']),
      id: z.string().meta({ description: '`usr_…` for a user, `ak_…` for an API key, and so on.' }),
      name: z.string(),
    }),
    tenant: z.object({
      id: idSchema('ten'),
      name: z.string(),
      slug: z.string(),
      tier: z.enum(['FREE', 'STARTER', 'PROFESSIONAL', 'ENTERPRISE']),
      status: z.enum(['PENDING', 'ACTIVE', 'SUSPENDED', 'DELETED']),
    }),
    roles: z.array(z.string()).meta({ description: 'Roles of the accountable user in the tenant.' }),
    permissions: z.array(z.string()).meta({ description: 'What this credential may do now.' }),
    scopes: z
      .array(z.string())
      .nullable()
      .meta({ description: 'What the credential was issued for; null for one that has no scopes.' }),
    key_id: z.string().nullable().meta({ description: 'The API key, if it is one.' }),
    owner: z
      .object({ id: idSchema('usr'), email: z.string() })
      .nullable()
      .meta({ description: 'The user who is accountable.' }),
  })
  .meta({ id: 'Me', description: 'Who the credential belongs to, and what it may do.' });

export type Me = z.output<typeof meSchema>;

export const meExample: Me = {
  principal: { kind: 'api_key', id: 'ak_0123456789ab', name: 'nightly reports' },
  tenant: { id: 'ten_01k6kf32j03gtsmcptzwhav9c0', name: 'Acme', slug: 'acme', tier: 'ENTERPRISE', status: 'ACTIVE' },
  roles: ['TENANT_ADMIN'],
  permissions: ['goal:create', 'goal:read'],
  scopes: ['goal:create', 'goal:read'],
  key_id: 'ak_0123456789ab',
  owner: { id: 'usr_01k6kf32j03gtsmcptzwhav9c1', email: 'admin@acme.test' },
};
