import type { Built } from '../built.js';
import type { InProcess, User } from './in-process.js';

/** A tenant beside that of the first run. */
export interface SecondTenant {
  /** UUID. */
  readonly id: string;
  /** Somebody of it who may do everything there. */
  readonly user: User;
}

export async function addTenant(built: Built, { opened: { database }, userOf }: InProcess): Promise<SecondTenant> {
  const { newId } = built.kernel;
  const [id, owner] = [newId(), newId()];
  const email = `${owner}@example.test`;
  await database.system.run(async ({ manager }) => {
    const account = { id: owner, email, name: 'Neighbour', status: 'ACTIVE', emailVerifiedAt: new Date() } as const;
    await manager.insert(built.user.UserAccount, account);
    await manager.insert(built.tenant.Tenant, {
      id,
      slug: 'neighbour',
      name: 'Neighbour',
      tier: 'ENTERPRISE',
      status: 'ACTIVE',
      settings: {},
      branding: {},
      ownerUserId: owner,
    });
    const membership = { tenantId: id, userId: owner, roles: ['TENANT_ADMIN'], status: 'ACTIVE' } as const;
    await manager.insert(built.membership.Membership, { ...membership, roles: [...membership.roles] });
  });
  const { token } = await database.tenants.run(id, (transaction) =>
    built.keys.issueApiKey(transaction, {
      tenantId: id,
      name: 'bench',
      kind: 'tenant',
      scopes: ['goal:create', 'goal:read', 'tool:execute'],
      ownerUserId: owner,
      createdBy: owner,
    }),
  );
  return { id, user: await userOf(id, token) };
}
