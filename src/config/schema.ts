/** The schema of gapwatch.yml, composed of one section for each module. `npm run docs` prints the reference from it. */
import { z } from 'zod';
import { digestConfig } from '../digest/config.ts';
import { nginxConfig } from '../discovery/config.ts';
import { thresholdsConfig } from '../findings/config.ts';
import { incidentConfig } from '../incident/config.ts';
import { patternsConfig } from '../match/config.ts';
import { probesConfig } from '../probe/config.ts';
import { maintenanceConfig } from '../schedule/maintenance/config.ts';
import { slackConfig } from '../slack/config.ts';
import { storeConfig } from '../store/config.ts';
import { followConfig } from '../tail/config.ts';

export const configSchema = z.strictObject({
  host: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe("Name of this host in messages; default: the system's host name"),
  nginx: nginxConfig.prefault({}),
  probes: probesConfig.prefault({}),
  follow: followConfig.prefault({}),
  patterns: patternsConfig.prefault({}),
  slack: slackConfig.prefault({}),
  incidents: incidentConfig.prefault({}),
  digest: digestConfig.prefault({}),
  maintenance: maintenanceConfig.default([]),
  store: storeConfig.prefault({}),
  thresholds: thresholdsConfig.prefault({}),
});
export type Config = z.infer<typeof configSchema>;
