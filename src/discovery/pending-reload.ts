/** Detects a configuration file that changed after nginx loaded it: its settings are not in force yet. */
import type { DiscoveryHost } from './host.ts';
import { START_SLACK_MS, startedAtMs } from './start-time.ts';

/** The newest of the master's children was started by the last load (or by a crash, which hides a pending change). */
function lastLoadAtMs(host: DiscoveryHost, masterPid: number): number | null {
  const children = host.read(`/proc/${masterPid}/task/${masterPid}/children`);
  // The master's own start is older: a change since then may be in force all the same.
  if ('failure' in children) return null;
  const pids = children.text.trim().split(' ').filter(Boolean);
  const starts = [String(masterPid), ...pids].map((pid) => {
    const stat = host.read(`/proc/${pid}/stat`);
    return 'text' in stat ? Number(stat.text.slice(stat.text.lastIndexOf(')') + 2).split(' ')[19]) : Number.NaN;
  });
  return startedAtMs(host, Math.max(...starts.filter(Number.isFinite)));
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
  const changed = files.filter((file) => (host.stat(root + file)?.modifiedAtMs ?? 0) > loadedAt + START_SLACK_MS);
  if (changed.length === 0) return null;
  return `${changed.join(', ')} changed after nginx last loaded its configuration: the settings shown come into force at the next reload.`;
}
