import { ApiKey } from './access/api-keys/api-key.entity.js';
import { UserAccount } from './identity/user-account.entity.js';
import { Membership } from './tenancy/membership.entity.js';
import { Tenant } from './tenancy/tenant.entity.js';

/** Every entity. A test holds their metadata against the database that the migrations make. */
export const ENTITIES = [Tenant, Membership, UserAccount, ApiKey];
