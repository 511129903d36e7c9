/**
 * Who besides root and ourselves could have put a file where it is, or could change it: the owner and the write bits of
 * the file, of each folder above it, and of each symbolic link on the way.
 */
import type { BigIntStats } from 'node:fs';
import { closeSync } from 'node:fs';
import { type Hop, walk } from './walk.ts';

export interface Exposure {
  /** The file, folder or link that others control. */
  readonly path: string;
  /** A clause for people: `is owned by uid 65534`, `can be written by everybody (mode 0777)`. */
  readonly because: string;
  /** The command that would mend it; the path is not quoted for a shell. */
  readonly mend: readonly string[];
}

const STICKY = 0o1000n;
const GROUP_WRITE = 0o020n;
const OTHER_WRITE = 0o002n;

const modeText = (stat: BigIntStats): string => `0${(stat.mode & 0o7777n).toString(8)}`;

/** `trusted`: user ids whose files are ours to trust; default root and our own. */
export type Trusted = ReadonlySet<number>;

export const trustedUsers = (): Trusted => new Set([0, process.geteuid?.() ?? 0]);

/** Write bits that let somebody untrusted in; a link has none, and a POSIX ACL shows as the group's. */
function exposureOf({ path, stat }: Hop, trusted: Trusted): Exposure | null {
  if (!trusted.has(Number(stat.uid)))
    return { path, because: `is owned by uid ${stat.uid}`, mend: ['chown', 'root:root', path] };
  if (stat.isSymbolicLink()) return null;
  const who =
    (stat.mode & OTHER_WRITE) !== 0n ? 'everybody' : (stat.mode & GROUP_WRITE) !== 0n ? `gid ${stat.gid}` : null;
  if (who === null) return null;
  return { path, because: `can be written by ${who} (mode ${modeText(stat)})`, mend: ['chmod', 'go-w', path] };
}

/** In a sticky folder only the owner of an entry may remove or rename it (fs/namei.c check_sticky). */
function isProtectedBySticky(folder: Hop, entry: Hop | undefined, trusted: Trusted): boolean {
  return (folder.stat.mode & STICKY) !== 0n && entry !== undefined && trusted.has(Number(entry.stat.uid));
}

/**
 * The first component that others control; null when there is none. `sticky: 'trust'` accepts a folder such as /tmp when
 * what was found in it belongs to a trusted user.
 */
export function firstExposure(
  hops: readonly Hop[],
  { trusted = trustedUsers(), sticky = 'trust' }: { trusted?: Trusted; sticky?: 'trust' | 'refuse' } = {},
): Exposure | null {
  for (const [i, hop] of hops.entries()) {
    const exposure = exposureOf(hop, trusted);
    if (exposure === null) continue;
    const ownerIsTrusted = trusted.has(Number(hop.stat.uid));
    if (sticky === 'trust' && ownerIsTrusted && isProtectedBySticky(hop, hops[i + 1], trusted)) continue;
    return exposure;
  }
  return null;
}

/** `path` resolved from our own root. Throws the error of open(2) when it does not exist or cannot be entered. */
export function whoCanWrite(path: string, options: Parameters<typeof firstExposure>[1] = {}): Exposure | null {
  const { fd, hops } = walk(path);
  closeSync(fd);
  return firstExposure(hops, options);
}
