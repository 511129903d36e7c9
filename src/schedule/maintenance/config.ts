/** Schema of the `maintenance` config section: recurring windows in which Slack posts nothing. */
import { z } from 'zod';
import { cronProblem } from '../../core/cron-expression.ts';
import { zoneProblem } from '../../core/wall-clock.ts';

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const MOST_MS = 7 * UNIT_MS.d;

/** Parses `90m`, `2h` or `1d` to ms. Returns null unless the duration is between a minute and a week. */
export function windowMs(text: string): number | null {
  const found = /^(\d{1,4})([mhd])$/.exec(text);
  if (found === null) return null;
  const ms = Number(found[1]) * UNIT_MS[found[2] as keyof typeof UNIT_MS];
  return ms > 0 && ms <= MOST_MS ? ms : null;
}

const maintenanceWindow = z.strictObject({
  cron: z
    .string()
    .refine((text) => cronProblem(text) === null, { error: ({ input }) => cronProblem(String(input)) ?? 'wrong' })
    .describe('When the window begins, as a cron expression (minute hour day month weekday)'),
  duration: z
    .string()
    .refine((text) => windowMs(text) !== null, 'must be a duration between 1m and 7d, such as 90m, 2h or 1d')
    .describe('How long it lasts: 90m, 2h, 1d; at most 7d'),
  timezone: z
    .string()
    .refine((text) => zoneProblem(text) === null, { error: ({ input }) => zoneProblem(String(input)) ?? 'wrong' })
    .default('UTC')
    .describe('IANA time zone of that expression'),
  host: z.string().min(1).optional().describe('Host name with * and ? as wildcards; default: all'),
  cause: z.string().min(1).optional().describe('Only incidents of this cause; default: all'),
  reason: z.string().max(200).optional().describe('Shown beside the summary while the window is open'),
});
export type MaintenanceWindow = z.infer<typeof maintenanceWindow>;

export const maintenanceConfig = z.array(maintenanceWindow);
