import { z } from 'zod';
import { idSchema, timeSchema } from '#libs/http';

export const engageBody = z
  .strictObject({
    reason: z
      .string()
      .max(1000)
      .optional()
      .meta({ description: 'Kept with the switch and in the journals.', examples: ['it mails customers twice'] }),
  })
  .nullish()
  .transform((body) => body ?? {})
  .meta({ id: 'EngageKillSwitch', examples: [{ reason: 'it mails customers twice' }] });

export type EngageBody = z.output<typeof engageBody>;

export const switchSchema = z
  .object({
    scope: z.enum(['goal', 'tenant', 'installation']),
    goal_id: idSchema('goal').nullable(),
    engaged_by: z.object({ kind: z.string(), id: z.string(), name: z.string() }),
    reason: z.string().nullable(),
    engaged_at: timeSchema,
  })
  .meta({ id: 'KillSwitch' });

export type SwitchView = z.output<typeof switchSchema>;

export const switchExample: SwitchView = {
  scope: 'tenant',
  goal_id: null,
  engaged_by: { kind: 'api_key', id: 'ak_0123456789ab', name: 'operator' },
  reason: 'it mails customers twice',
  engaged_at: '2026-12-01T08:41:07.300Z',
};
