/**
 * Opens files that others may have prepared, for reading only. Refused with a sentence: what is no regular file (a FIFO
 * would block, a device never ends), files of kernel file systems in a container, and links and names that a user could
 * have planted to make us read what that user may not. A path below `/proc/PID/root` is resolved inside that root.
 */
import { type BigIntStats, closeSync, constants, openSync, readdirSync, readSync, statfsSync } from 'node:fs';
import { type Hop, pathOfDescriptor, type Walk, walk } from './walk.ts';
import { trustedUsers } from './who-can-write.ts';

/** An open regular file. The caller closes `fd`. */
export interface OpenedFile {
  readonly fd: number;
  readonly stat: BigIntStats;
}

const CONTAINER_PATH = /^(\/proc\/\d+\/root)(\/.*)?$/;
/** include/uapi/linux/magic.h: proc, sysfs, debugfs, tracefs, cgroup2, securityfs. */
const KERNEL_FILE_SYSTEMS: ReadonlySet<number> = new Set([
  0x9fa0, 0x62656572, 0x64626720, 0x74726163, 0x63677270, 0x73636673,
]);
const GROUP_OR_OTHER_WRITE = 0o022n;
const STICKY = 0o1000n;

/** Where a path is resolved: below the root of a container, or in our own file system. */
export function splitRoot(path: string): { readonly root: string; readonly path: string } {
  const [, root, inside] = CONTAINER_PATH.exec(path) ?? [];
  return root === undefined ? { root: '/', path } : { root, path: inside ?? '/' };
}

/** `reason` is a clause about the path: `is a FIFO, not a file`. */
function refusal(path: string, reason: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${path} ${reason}`), { code: 'EPERM', syscall: 'open', path });
}

const isOpenToOthers = ({ stat }: Hop): boolean =>
  (stat.mode & GROUP_OR_OTHER_WRITE) !== 0n || !trustedUsers().has(Number(stat.uid));

/** A link or name in a folder that others can write, unless the folder is sticky and the entry is a trusted user's. */
function couldBePlanted(folder: Hop, entry: Hop): boolean {
  if (!isOpenToOthers(folder)) return false;
  const sticky = (folder.stat.mode & STICKY) !== 0n && trustedUsers().has(Number(folder.stat.uid));
  return !(sticky && trustedUsers().has(Number(entry.stat.uid)));
}

/** The folder that each hop was found in. */
function* withFolders(hops: readonly Hop[]): Generator<readonly [folder: Hop, entry: Hop]> {
  const folders = new Map(hops.filter(({ stat }) => stat.isDirectory()).map((hop) => [hop.path, hop]));
  for (const entry of hops.slice(1)) {
    const folder = folders.get(entry.path.slice(0, entry.path.lastIndexOf('/')) || '/');
    if (folder !== undefined) yield [folder, entry];
  }
}

/**
 * Why the walk may have been led astray, as the kernel's protected_symlinks and protected_hardlinks see it
 * (Documentation/admin-guide/sysctl/fs.rst); null when it was not.
 */
function plantedReason({ hops, stat, path }: Walk): string | null {
  for (const [folder, entry] of withFolders(hops)) {
    if (!couldBePlanted(folder, entry)) continue;
    if (entry.stat.isSymbolicLink() && entry.stat.uid !== stat.uid) {
      return `is reached through the link ${entry.path}, which uid ${entry.stat.uid} made in a folder that others can write, and leads to a file of uid ${stat.uid}`;
    }
    if (entry.path === path && stat.isFile() && stat.nlink > 1n && stat.uid !== folder.stat.uid) {
      return `has ${stat.nlink} names and lies in a folder that others can write, so it may be any file of uid ${stat.uid}`;
    }
  }
  return null;
}

function kindOf(stat: BigIntStats): string {
  if (stat.isFIFO()) return 'a FIFO';
  if (stat.isSocket()) return 'a socket';
  if (stat.isDirectory()) return 'a folder';
  return 'a device';
}

function judge(walked: Walk, root: string): string | null {
  const { stat, fd } = walked;
  if (!stat.isFile()) return `is ${kindOf(stat)}, not a file`;
  if (root === '/') return plantedReason(walked);
  const { type } = statfsSync(pathOfDescriptor(fd));
  return KERNEL_FILE_SYSTEMS.has(type) ? 'is a file of the kernel, not of the container' : null;
}

/** Opens a regular file. Throws the error of open(2), or EPERM with a sentence when the file is refused. */
export function openFileToRead(path: string): OpenedFile {
  const { root, path: inside } = splitRoot(path);
  const walked = walk(inside, { root });
  try {
    const objection = judge(walked, root);
    if (objection !== null) throw refusal(path, objection);
    const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
    return { fd: openSync(pathOfDescriptor(walked.fd), flags), stat: walked.stat };
  } finally {
    closeSync(walked.fd);
  }
}

/** stat(2), resolved as `openFileToRead` resolves it. Throws the error of open(2). */
export function statPath(path: string): BigIntStats {
  const { root, path: inside } = splitRoot(path);
  const { fd, stat } = walk(inside, { root });
  closeSync(fd);
  return stat;
}

/** Names in a folder, resolved as `openFileToRead` resolves it. Throws the system's error. */
export function listFolder(path: string): string[] {
  const { root, path: inside } = splitRoot(path);
  const { fd } = walk(inside, { root });
  try {
    return readdirSync(pathOfDescriptor(fd));
  } finally {
    closeSync(fd);
  }
}

/** A whole file as UTF-8. Throws EFBIG when it is longer than `maxBytes`; the file is then not read further. */
export function readTextFile(path: string, maxBytes: number): string {
  const { fd } = openFileToRead(path);
  try {
    const chunks: Buffer[] = [];
    let total = 0;
    for (;;) {
      const chunk = Buffer.allocUnsafe(64 * 1024);
      const got = readSync(fd, chunk, 0, chunk.length, null);
      if (got === 0) return Buffer.concat(chunks, total).toString('utf8');
      chunks.push(chunk.subarray(0, got));
      total += got;
      if (total > maxBytes) {
        throw Object.assign(refusal(path, `is longer than ${maxBytes} bytes`), { code: 'EFBIG' });
      }
    }
  } finally {
    closeSync(fd);
  }
}
