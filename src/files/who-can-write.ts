/**
 * Lists the users besides root and our user who can replace or change a file. It checks owner and write bits of the file,
 * of each folder above it, and of each symbolic link on the path.
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

/** Which of the things that could change a file count. */
export interface Strictness {
  readonly trusted?: Trusted;
  /** `trust`: a folder such as /tmp is accepted when what was found in it belongs to a trusted user. */
  readonly sticky?: 'trust' | 'refuse';
  /** `trust`: what a group may write is accepted. */
  readonly group?: 'trust' | 'refuse';
  /** `trust`: of a folder only the owner counts, not who may write it. */
  readonly folders?: 'trust' | 'refuse';
}

/**
 * For what our own user chose. As root everything counts: all users of the host are on the other side. Another user often
 * shares a group with no one (umask 0002), and in a pod a folder of mode 0777 with no one at all.
 */
export const strictnessOfOurUser = (): Strictness =>
  process.geteuid?.() === 0 ? {} : { group: 'trust', folders: 'trust' };

/** Write bits that let somebody untrusted in; a link has none, and a POSIX ACL shows as the group's. */
function exposuresOf({ path, stat }: Hop, { trusted, group, folders }: Required<Strictness>): Exposure[] {
  const found: Exposure[] = [];
  const isLink = stat.isSymbolicLink();
  const hasBits = !isLink && !(folders === 'trust' && stat.isDirectory());
  if (!trusted.has(Number(stat.uid))) {
    const mend = ['chown', ...(isLink ? ['-h'] : []), 'root:root', path];
    found.push({ path, because: `is owned by uid ${stat.uid}`, mend });
  }
  const groupMay = group === 'refuse' && (stat.mode & GROUP_WRITE) !== 0n;
  const who = (stat.mode & OTHER_WRITE) !== 0n ? 'everybody' : groupMay ? `gid ${stat.gid}` : null;
  if (hasBits && who !== null) {
    const because = `can be written by ${who} (mode ${modeText(stat)})`;
    found.push({ path, because, mend: ['chmod', 'go-w', path] });
  }
  return found;
}

/** In a sticky folder only the owner of an entry may remove or rename it (fs/namei.c check_sticky). */
function isProtectedBySticky(folder: Hop, entry: Hop | undefined, trusted: Trusted): boolean {
  if (!trusted.has(Number(folder.stat.uid))) return false;
  return (folder.stat.mode & STICKY) !== 0n && entry !== undefined && trusted.has(Number(entry.stat.uid));
}

/** Every component that others control, from `/` on. */
export function allExposures(hops: readonly Hop[], strictness: Strictness = {}): Exposure[] {
  const strict = {
    trusted: trustedUsers(),
    sticky: 'trust',
    group: 'refuse',
    folders: 'refuse',
    ...strictness,
  } as const;
  return hops.flatMap((hop, i) => {
    if (strict.sticky === 'trust' && isProtectedBySticky(hop, hops[i + 1], strict.trusted)) return [];
    return exposuresOf(hop, strict);
  });
}

/**
 * The first component that others control; null when there is none. Resolved from our own root. Throws the error of
 * open(2) when it does not exist or cannot be entered.
 */
export function whoCanWrite(path: string, strictness: Strictness = {}): Exposure | null {
  const { fd, hops } = walk(path);
  closeSync(fd);
  return allExposures(hops, strictness)[0] ?? null;
}

/** The first component that others control, the permissions of the end itself aside: a socket may be for everyone. */
export function whoCanReplace(path: string, trusted: Trusted): Exposure | null {
  const { fd, path: reached, hops } = walk(path);
  closeSync(fd);
  const isOfItself = ({ path: where, mend }: Exposure): boolean => where === reached && mend[0] === 'chmod';
  return allExposures(hops, { trusted }).find((exposure) => !isOfItself(exposure)) ?? null;
}
