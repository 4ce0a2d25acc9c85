export { type ConnectionOptions, createDataSource } from './data-source.js';
export { isUnreachable, sqlState } from './database.errors.js';
export { type DatabaseRoles, type TenantTableOptions, isCurrentTenant, tenantTable } from './rls.js';
export { TenantTransaction, type Transaction } from './tenant-transaction.js';
