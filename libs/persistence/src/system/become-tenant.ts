import type { Transaction } from '../transaction.js';

/** Goes on with a system transaction under the application role, confined to one tenant. There is no way back. */
export async function becomeTenant(transaction: Transaction, appRole: string, tenantId: string): Promise<void> {
  await transaction.query(`select set_config('role', $1, true), set_config('app.tenant_ids', $2, true)`, [
    appRole,
    tenantId,
  ]);
}
