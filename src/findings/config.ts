/** Where a reading starts to mean something. Defaults come from the measurements of real nginx in src/nginx/README.md. */
import { z } from 'zod';

export const thresholdsConfig = z.strictObject({
  activeMs: z
    .number()
    .int()
    .positive()
    .default(30_000)
    .describe('A log line or a drop this young counts as happening now (ms)'),
  forecastMs: z
    .number()
    .int()
    .positive()
    .default(60_000)
    .describe('Warn when slots, descriptors or an accept queue fill up within this time at the present rate (ms)'),
  slotsHighRatio: z
    .number()
    .gt(0)
    .max(1)
    .default(0.8)
    .describe("Used share of one worker's connection slots worth a warning"),
  slotsFullRatio: z
    .number()
    .gt(0)
    .max(1)
    .default(0.97)
    .describe("Used share of one worker's slots that counts as full; idle keep-alive alone never passes 0.93"),
  fdsHighRatio: z
    .number()
    .gt(0)
    .max(1)
    .default(0.8)
    .describe("Used share of one worker's soft descriptor limit worth a warning"),
  queueFullRatio: z
    .number()
    .gt(0)
    .max(1)
    .default(0.9)
    .describe("Used share of a listening socket's accept queue that counts as full"),
  minConnections: z
    .number()
    .int()
    .positive()
    .default(10)
    .describe('Shares of connections are ignored below this many connections'),
  slowHeaderMs: z
    .number()
    .int()
    .positive()
    .default(2_000)
    .describe("Time to an upstream's response header that counts as slow when no baseline is known (ms)"),
  conntrackHighRatio: z
    .number()
    .gt(0)
    .max(1)
    .default(0.9)
    .describe('Used share of the conntrack table worth a warning'),
  portsHighRatio: z
    .number()
    .gt(0)
    .max(1)
    .default(0.8)
    .describe('Used share of the ephemeral ports towards one upstream peer worth a warning'),
  oldWorkersPerWorker: z
    .number()
    .positive()
    .default(2)
    .describe('Workers still shutting down, per current worker, worth a warning'),
  oldWorkerMs: z
    .number()
    .int()
    .positive()
    .default(60_000)
    .describe('Age at which a worker that is shutting down counts as old (ms)'),
  reloadsPerMinute: z.number().positive().default(6).describe('Reloads per minute that count as a storm'),
  busyWorkerCpuRatio: z
    .number()
    .gt(0)
    .max(1)
    .default(0.8)
    .describe("CPU share of one core at which a worker's event loop counts as busy"),
});
export type Thresholds = z.infer<typeof thresholdsConfig>;

export const DEFAULT_THRESHOLDS: Thresholds = thresholdsConfig.parse({});
