import { defineErrors } from '#libs/kernel';

export const TENANCY_ERRORS = defineErrors({
  tenant_suspended: {
    title: 'The tenant is suspended',
    cause:
      'The tenant was suspended, for its quota, its bills, or by an administrator. All of its credentials are refused.',
    remedy: 'Settle the reason that the detail names, then have an administrator of the platform activate the tenant.',
  },
  tenant_inactive: {
    title: 'The tenant is not active',
    cause: 'The tenant has not been approved yet, or it was deleted.',
    remedy: 'Wait for the approval, or ask an administrator of the platform.',
  },
});
