import { Injectable } from '@nestjs/common';
import { TenantGate } from '#libs/http';
import { DomainError } from '#libs/kernel';
import type { Rights, Submitter } from '#libs/orchestration';
import { ApiKeyRights } from '../../access/api-keys/api-keys.port.js';

/** Whether whoever submitted a goal may still run tools: the tenant is active, and the key has `tool:execute` now. */
@Injectable()
export class SubmitterRights implements Rights {
  constructor(
    private readonly tenants: TenantGate,
    private readonly keys: ApiKeyRights,
  ) {}

  async mayRunTools(tenantId: string, submitter: Submitter): Promise<boolean> {
    try {
      await this.tenants.assertActive(tenantId);
    } catch (error) {
      // The gate says no by an error of the tenant; that the database is away is another matter.
      if (error instanceof DomainError && error.code !== 'unavailable') return false;
      throw error;
    }
    // Keys are the only credential so far; whatever else claims to have submitted a goal has no rights.
    return submitter.kind === 'api_key' && (await this.keys.permissionsNow(submitter.id)).has('tool:execute');
  }
}
