import { z } from 'zod';

export const liveSchema = z
  .object({
    status: z.literal('ok'),
    version: z.string(),
    uptime_seconds: z.number(),
  })
  .meta({ id: 'Health' });

export const readySchema = z.object({ status: z.literal('ready') }).meta({ id: 'Readiness' });

export const deepSchema = z
  .object({
    status: z
      .enum(['ok', 'degraded'])
      .meta({ description: '`degraded`: a part that others can do without does not work.' }),
    checks: z.array(
      z.object({
        name: z.string(),
        status: z.enum(['ok', 'failed']),
        required: z.boolean(),
        latency_ms: z.number(),
      }),
    ),
  })
  .meta({ id: 'DeepHealth' });
