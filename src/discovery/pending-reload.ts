/** Whether a configuration file was changed after nginx last loaded it: then the settings shown are not in force yet. */
import type { DiscoveryHost } from './host.ts';

/** USER_HZ on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
/** Start times have a resolution of 10 ms, `btime` of a second. */
const SLACK_MS = 2000;

/** The newest of the master's children was started by the last load (or by a crash, which hides a pending change). */
function lastLoadAtMs(host: DiscoveryHost, masterPid: number): number | null {
  const system = host.read('/proc/stat');
  const bootSeconds = Number(/^btime (\d+)/m.exec('text' in system ? system.text : '')?.[1] ?? Number.NaN);
  const children = host.read(`/proc/${masterPid}/task/${masterPid}/children`);
  // The master's own start is older: a change since then may be in force all the same.
  if ('failure' in children) return null;
  const pids = children.text.trim().split(' ').filter(Boolean);
  const starts = [String(masterPid), ...pids].map((pid) => {
    const stat = host.read(`/proc/${pid}/stat`);
    return 'text' in stat ? Number(stat.text.slice(stat.text.lastIndexOf(')') + 2).split(' ')[19]) : Number.NaN;
  });
  const newest = Math.max(...starts.filter(Number.isFinite));
  return Number.isFinite(newest * bootSeconds) ? bootSeconds * 1000 + (newest / TICKS_PER_SECOND) * 1000 : null;
}

/** A note, or null. */
export function pendingReload(
  host: DiscoveryHost,
  masterPid: number,
  root: string,
  files: readonly string[],
): string | null {
  const loadedAt = lastLoadAtMs(host, masterPid);
  if (loadedAt === null) return null;
  const changed = files.filter((file) => (host.stat(root + file)?.modifiedAtMs ?? 0) > loadedAt + SLACK_MS);
  if (changed.length === 0) return null;
  return `${changed.join(', ')} changed after nginx last loaded its configuration: the settings shown come into force at the next reload.`;
}
