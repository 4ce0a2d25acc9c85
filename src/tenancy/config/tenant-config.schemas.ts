import { z } from 'zod';
import type { TenantSettings } from '../tenant-settings.port.js';

const toolName = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'Expected the name of a tool, e.g. `read_file`');

/** What a tenant may decide for itself, as a patch: what is left out stays, null goes back to the default. */
export const patchConfigBody = z
  .strictObject({
    approvals: z
      .strictObject({
        requester_may_approve: z
          .boolean()
          .nullish()
          .meta({ description: 'Whether who asked for an action may also approve it. Default: no.' }),
        submitted_wasm_code_needs_approval: z
          .boolean()
          .nullish()
          .meta({ description: 'Whether code in the wasm sandbox waits for a person. Default: yes.' }),
      })
      .optional(),
    tools: z
      .strictObject({
        allowed: z
          .array(toolName)
          .max(500)
          .nullish()
          .meta({
            description:
              'The only tools that goals of the tenant may call. Default: all. Names are not compared with the tools ' +
              'there are: an unknown one allows nothing more, and with none that exists every goal ends at its first call.',
          }),
      })
      .optional(),
  })
  .meta({ id: 'PatchTenantConfig', examples: [{ approvals: { requester_may_approve: true } }] });

export type PatchConfigBody = z.output<typeof patchConfigBody>;

export const tenantConfigSchema = z
  .object({
    approvals: z.object({ requester_may_approve: z.boolean(), submitted_wasm_code_needs_approval: z.boolean() }),
    tools: z.object({ allowed: z.array(z.string()).nullable() }),
  })
  .meta({ id: 'TenantConfig' });

export type TenantConfigView = z.output<typeof tenantConfigSchema>;

export const tenantConfigExample: TenantConfigView = {
  approvals: { requester_may_approve: false, submitted_wasm_code_needs_approval: true },
  tools: { allowed: null },
};

/** The settings with every default filled in. */
export function configView({ approvals, tools }: TenantSettings): TenantConfigView {
  return {
    approvals: {
      requester_may_approve: approvals?.requester_may_approve ?? false,
      submitted_wasm_code_needs_approval: approvals?.submitted_wasm_code_needs_approval ?? true,
    },
    tools: { allowed: tools?.allowed ? [...tools.allowed] : null },
  };
}
