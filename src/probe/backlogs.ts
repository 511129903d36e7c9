/**
 * Reads the effective backlog of listening sockets with `ss` (Send-Q of a listener); /proc does not have it. It changes
 * only when nginx starts or reloads, so `ss` does not run at every poll.
 */
import type { Host } from './host.ts';
import type { NetNamespace } from './net-namespace.ts';

const MAX_AGE_MS = 15_000;

export interface Backlogs {
  /** Socket inode → backlog; empty when `ss` cannot be run. */
  of(inodes: readonly number[], namespace: NetNamespace, signal: AbortSignal): Promise<ReadonlyMap<number, number>>;
}

export function createBacklogs(host: Host): Backlogs {
  let known: ReadonlyMap<number, number> = new Map();
  let asked: ReadonlySet<number> = new Set();
  let askedAt = Number.NEGATIVE_INFINITY;
  return {
    async of(inodes, namespace, signal) {
      const stale = host.monotonicMs() - askedAt > MAX_AGE_MS || inodes.some((inode) => !asked.has(inode));
      if (!stale) return known;
      const listed = await namespace.run('ss', ['-HOlntxe'], signal);
      if (listed.ok) known = parseListeningSockets(listed.stdout);
      asked = new Set(inodes);
      askedAt = host.monotonicMs();
      return known;
    },
  };
}

/** Output of `ss -HOlntxe`. For unix sockets `ino:` is the file's inode, the inode of the socket follows the path. */
export function parseListeningSockets(text: string): ReadonlyMap<number, number> {
  const backlogs = new Map<number, number>();
  for (const line of text.split('\n')) {
    const found =
      /^tcp\s+LISTEN\s+\d+\s+(\d+)\s.*\sino:(\d+)\b/.exec(line) ??
      /^u_\w+\s+LISTEN\s+\d+\s+(\d+)\s+.*\s(\d+)\s+\*\s+0\b/.exec(line);
    if (found !== null) backlogs.set(Number(found[2]), Number(found[1]));
  }
  return backlogs;
}
