/**
 * Finds the users who control the content of a file, and whether they can read other files. A user who writes a
 * configuration thereby reads no file that he cannot read himself. Root and our user are trusted and are not listed.
 */
import { closeSync } from 'node:fs';
import { splitRoot } from './read-file.ts';
import { type Hop, walk } from './walk.ts';
import { trustedUsers } from './who-can-write.ts';

/** `uid 1000`, `gid 33`, `everybody`. */
export interface Controller {
  readonly kind: 'uid' | 'gid' | 'everybody';
  readonly id: number;
}

const STICKY = 0o1000n;
const GROUP_WRITE = 0o020n;
const OTHER_WRITE = 0o002n;
const READ = 4n;
const ENTER = 1n;

/** Resolved as `openFileToRead` resolves it. Throws the error of open(2). */
function hopsOf(path: string): readonly Hop[] {
  const { root, path: inside } = splitRoot(path);
  const { fd, hops } = walk(inside, { root });
  closeSync(fd);
  return hops;
}

export const sayController = ({ kind, id }: Controller): string => (kind === 'everybody' ? kind : `${kind} ${id}`);

/** Whether the permission bits allow it for the controller. An owner can change the bits, so ownership is enough. */
function has({ stat }: Hop, { kind, id }: Controller, bit: bigint): boolean {
  if (kind === 'uid' && stat.uid === BigInt(id)) return true;
  const isItsGroup = stat.gid === BigInt(id) && kind !== 'everybody';
  return (stat.mode & bit) !== 0n || (isItsGroup && (stat.mode & (bit << 3n)) !== 0n);
}

const isFolder = ({ stat }: Hop): boolean => stat.isDirectory();
const canEnter = (hops: readonly Hop[], who: Controller): boolean =>
  hops.filter(isFolder).every((hop) => has(hop, who, ENTER));

/** The users who own or may write the file, a folder above it, or a link on the path. Throws the error of open(2). */
export function whoControls(path: string): readonly Controller[] {
  const hops = hopsOf(path);
  const found = new Map<string, Controller>();
  const add = (kind: Controller['kind'], id: number): void => void found.set(`${kind} ${id}`, { kind, id });
  for (const { stat } of hops) {
    const isTrusted = trustedUsers().has(Number(stat.uid));
    if (!isTrusted) add('uid', Number(stat.uid));
    // In a sticky folder only the owner of an entry may remove or rename it (fs/namei.c check_sticky).
    if (stat.isSymbolicLink() || (isTrusted && stat.isDirectory() && (stat.mode & STICKY) !== 0n)) continue;
    if ((stat.mode & OTHER_WRITE) !== 0n) add('everybody', 0);
    // The group that has the number of its user holds that user alone (useradd(8), USERGROUPS_ENAB); gid 0 is root's.
    else if ((stat.mode & GROUP_WRITE) !== 0n && stat.gid !== 0n && stat.gid !== stat.uid) add('gid', Number(stat.gid));
  }
  return [...found.values()].filter((who) => canEnter(hops, who));
}

function hopsOrFolder(path: string): { readonly hops: readonly Hop[]; readonly isThere: boolean } {
  try {
    return { hops: hopsOf(path), isThere: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { hops: hopsOf(path.replace(/\/[^/]*$/, '') || '/'), isThere: false };
  }
}

/**
 * Whether a controller could read the file himself (`file`), or owns the folder that it is in or would be in (`folder`).
 * What other groups he is in is not known. Throws the error of open(2).
 */
export function whatCouldBeRead(path: string, who: Controller): 'file' | 'folder' | 'nothing' {
  const { hops, isThere } = hopsOrFolder(path);
  const last = hops.at(-1);
  if (last === undefined || !canEnter(hops, who)) return 'nothing';
  if (isThere && has(last, who, READ)) return 'file';
  const folder = hops.filter(isFolder).at(-1);
  return who.kind === 'uid' && folder?.stat.uid === BigInt(who.id) ? 'folder' : 'nothing';
}
