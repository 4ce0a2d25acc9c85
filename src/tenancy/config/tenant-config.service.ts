import { Injectable } from '@nestjs/common';
import { requirePrincipal } from '#libs/context';
import { COMMON_ERRORS, type JsonObject } from '#libs/kernel';
import { EventRecorder, TenantTransaction } from '#libs/persistence';
import type { TenantSettings } from '../tenant-settings.port.js';
import { TenantDirectory } from '../tenants.port.js';
import { type PatchConfigBody, type TenantConfigView, configView } from './tenant-config.schemas.js';

/** What a tenant decides for itself. Whoever changes it is on record, with what it was and what it is. */
@Injectable()
export class TenantConfigService {
  private readonly recorder = new EventRecorder();

  constructor(
    private readonly tenants: TenantTransaction,
    private readonly directory: TenantDirectory,
  ) {}

  /** Throws `not_found` for any tenant but one's own. */
  async read(tenantId: string): Promise<TenantConfigView> {
    assertOwn(tenantId);
    return configView(await this.directory.settingsOf(tenantId));
  }

  /** Throws `not_found` for any tenant but one's own. */
  async patch(tenantId: string, patch: PatchConfigBody): Promise<TenantConfigView> {
    const { principal } = assertOwn(tenantId);
    return this.tenants.run(tenantId, async (transaction) => {
      const [row] = await transaction.query<{ settings: TenantSettings }>(
        'select settings from tenant where id = $1 for update',
        [tenantId],
      );
      const before = row?.settings ?? {};
      const after = merge(before, patch);
      const changes = changesBetween(configView(before), configView(after));
      if (Object.keys(changes).length === 0) return configView(after);
      await transaction.query('update tenant set settings = $2, updated_at = now() where id = $1', [
        tenantId,
        JSON.stringify(after),
      ]);
      const actor = { kind: principal.kind, id: principal.publicId, name: principal.name };
      await this.recorder.record(transaction, tenantId, [
        { type: 'tenant.updated', actor, resource: { kind: 'tenant', id: tenantId }, data: { changes } },
      ]);
      return configView(after);
    });
  }
}

function assertOwn(tenantId: string) {
  const context = requirePrincipal();
  if (context.tenantId !== tenantId) {
    throw COMMON_ERRORS.make('not_found', 'There is no such tenant.');
  }
  return context;
}

/** What is left out stays; null goes back to the default. */
function merge(settings: TenantSettings, { approvals, tools }: PatchConfigBody): TenantSettings {
  return {
    ...settings,
    ...(approvals && { approvals: mergeMembers(settings.approvals ?? {}, approvals) }),
    ...(tools && { tools: mergeMembers(settings.tools ?? {}, tools) }),
  };
}

function mergeMembers<Members extends object>(before: Members, patch: object): Members {
  const merged = new Map<string, unknown>(Object.entries(before));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else if (value !== undefined) merged.set(name, value);
  }
  // The schema of the patch has seen that its members are those of the settings.
  return Object.fromEntries(merged) as Members;
}

/** `{ "approvals.requester_may_approve": { from, to } }` for each member that is different. */
function changesBetween(before: TenantConfigView, after: TenantConfigView): JsonObject {
  const [old, now] = [flat(before), flat(after)];
  const changed = Object.keys(now).filter((name) => JSON.stringify(old[name]) !== JSON.stringify(now[name]));
  return Object.fromEntries(changed.map((name) => [name, { from: old[name] ?? null, to: now[name] ?? null }]));
}

function flat({ approvals, tools }: TenantConfigView): JsonObject {
  return {
    'approvals.requester_may_approve': approvals.requester_may_approve,
    'approvals.submitted_wasm_code_needs_approval': approvals.submitted_wasm_code_needs_approval,
    'tools.allowed': tools.allowed,
  };
}
