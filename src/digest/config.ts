/** The `digest` section of the config. */
import { z } from 'zod';

export const digestConfig = z.strictObject({
  cron: z.string().default('0 9 * * *').describe('When the digest is posted, as a cron expression'),
  timezone: z.string().default('UTC').describe('IANA time zone of that expression and of the days in the digest'),
});
export type DigestConfig = z.infer<typeof digestConfig>;
