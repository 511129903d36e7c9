/** Schema of the `digest` config section. Refuses a cron expression or time zone that the schedule cannot run. */
import { z } from 'zod';
import { cronProblem } from '../core/cron-expression.ts';
import { zoneProblem } from '../core/wall-clock.ts';

export const digestConfig = z.strictObject({
  cron: z
    .string()
    .refine((text) => cronProblem(text) === null, { error: ({ input }) => cronProblem(String(input)) ?? 'wrong' })
    .default('0 9 * * *')
    .describe('When the digest is posted, as a cron expression (minute hour day month weekday)'),
  timezone: z
    .string()
    .refine((text) => zoneProblem(text) === null, { error: ({ input }) => zoneProblem(String(input)) ?? 'wrong' })
    .default('UTC')
    .describe('IANA time zone of that expression and of the days in the digest'),
});
export type DigestConfig = z.infer<typeof digestConfig>;
