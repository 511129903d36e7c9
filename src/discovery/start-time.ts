/** Computes the start time of a process on the wall clock. */
import type { DiscoveryHost } from './host.ts';

/** USER_HZ on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
/** Start times have a resolution of 10 ms, `btime` of a second. */
export const START_SLACK_MS = 2000;

/** `startTicks`: field 22 of /proc/PID/stat. Null when the time of the boot cannot be read. */
export function startedAtMs(host: DiscoveryHost, startTicks: number): number | null {
  const system = host.read('/proc/stat');
  const bootSeconds = Number(/^btime (\d+)/m.exec('text' in system ? system.text : '')?.[1] ?? Number.NaN);
  return Number.isFinite(bootSeconds * startTicks) ? bootSeconds * 1000 + (startTicks / TICKS_PER_SECOND) * 1000 : null;
}
