/** The `probes` section of the config. */
import { z } from 'zod';

export const probesConfig = z
  .strictObject({
    intervalMs: z.number().int().min(250).max(600_000).default(5000).describe('Time between two polls of nginx, in ms'),
    suspiciousIntervalMs: z
      .number()
      .int()
      .min(250)
      .max(600_000)
      .default(1000)
      .describe('Time between two polls while anything is suspicious, in ms'),
    timeoutMs: z.number().int().min(50).max(60_000).default(1000).describe('Timeout of one probe, in ms'),
  })
  .refine((config) => config.suspiciousIntervalMs <= config.intervalMs, {
    message: 'suspiciousIntervalMs must not be larger than intervalMs',
    path: ['suspiciousIntervalMs'],
  });
export type ProbesConfig = z.infer<typeof probesConfig>;
