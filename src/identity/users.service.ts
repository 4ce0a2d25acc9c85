import { Injectable } from '@nestjs/common';
import { TenantTransaction } from '#libs/persistence';
import { UserAccount } from './user-account.entity.js';
import { UserDirectory, type UserSummary } from './users.port.js';

@Injectable()
export class UsersService extends UserDirectory {
  constructor(private readonly tenants: TenantTransaction) {
    super();
  }

  override async find(tenantId: string, userId: string): Promise<UserSummary | undefined> {
    const user = await this.tenants.run(tenantId, ({ manager }) => manager.findOneBy(UserAccount, { id: userId }));
    return user ? { id: user.id, email: user.email, name: user.name } : undefined;
  }
}
