/** The `store` section of the config. */
import { z } from 'zod';

export const storeConfig = z.strictObject({
  path: z
    .string()
    .min(1)
    .default('./gapwatch.db')
    .describe(
      'SQLite file that keeps positions, incidents, messages and samples, for one service; where the folder exists, the default is `/var/lib/gapwatch/gapwatch.db`',
    ),
  retentionDays: z
    .number()
    .int()
    .min(1)
    .max(3650)
    .default(30)
    .describe('Days that rolled-up samples and incidents are kept'),
});
