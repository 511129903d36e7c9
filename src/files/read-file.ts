/**
 * Opens files that other users may have prepared, for reading only. Refuses everything but regular files (a FIFO blocks, a
 * device never ends), kernel files under other names, and links and names with which a user could make us read a file
 * that this user cannot read. A path below `/proc/PID/root` is resolved inside that root.
 */
import {
  accessSync,
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { withSpare } from './spare.ts';
import { type Hop, pathOfDescriptor, type Walk, walk } from './walk.ts';
import { trustedUsers } from './who-can-write.ts';

/** An open regular file. The caller closes `fd`. */
export interface OpenedFile {
  readonly fd: number;
  readonly stat: BigIntStats;
}

/** Our own kernel's files: users cannot plant names there, and /proc is read for every process of the machine. */
const KERNEL_PATH = /^\/(?:proc|sys)\//;
/** They lead to any file of any process, past every check of names (proc(5)). */
const MAGIC_LINK = /\/(?:root|cwd|exe|fd|map_files)(?:\/|$)/;
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

/** `code` of the error for a file that could be opened and is refused; its message is a sentence for people. */
export const FILE_REFUSED = 'ERR_FILE_REFUSED';

/** `reason` is a clause about the path: `is a FIFO, not a file`. */
export function refusal(path: string, reason: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${path} ${reason}`), { code: FILE_REFUSED, syscall: 'open', path });
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

/** Whether the root of a process is our own by now: it has ended and a process of the host has its pid. */
function isOurOwnRoot(root: string, [first]: readonly Hop[]): boolean {
  const own = statSync('/', { bigint: true });
  if (first?.stat.ino !== own.ino || first.stat.dev !== own.dev) return false;
  // A service with PrivateTmp= has our root in another mount namespace.
  return readlinkSync(`${dirname(root)}/ns/mnt`) === readlinkSync('/proc/self/ns/mnt');
}

function judge(walked: Walk, root: string): string | null {
  const { stat, fd, hops } = walked;
  if (!stat.isFile()) return `is ${kindOf(stat)}, not a file`;
  const { type } = statfsSync(pathOfDescriptor(fd));
  // Some of these never end, such as /proc/PID/pagemap, and a process can make others wait for as long as it likes.
  if (KERNEL_FILE_SYSTEMS.has(type)) return 'is a file of the kernel';
  if (root === '/') return plantedReason(walked);
  return isOurOwnRoot(root, hops) ? 'is not in a container: the process whose root it was in has ended' : null;
}

function openOfKernel(path: string): OpenedFile {
  if (MAGIC_LINK.test(path)) throw refusal(path, 'leads out of /proc by a link of the kernel');
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  return { fd, stat: fstatSync(fd, { bigint: true }) };
}

/** Opens a regular file of a disk. Throws the error of open(2), or FILE_REFUSED with a sentence. */
export function openFileToRead(path: string): OpenedFile {
  if (isOfKernel(path)) throw refusal(path, 'is a file of the kernel');
  return withSpare(() => openNow(path));
}

const isOfKernel = (path: string): boolean => splitRoot(path).root === '/' && KERNEL_PATH.test(path);

function openNow(path: string): OpenedFile {
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
  if (root === '/' && KERNEL_PATH.test(path)) return statSync(path, { bigint: true });
  const { fd, stat } = walk(inside, { root });
  closeSync(fd);
  return stat;
}

/** The path without links, below the same root. Throws the error of open(2). */
export function realPath(path: string): string {
  const { root, path: inside } = splitRoot(path);
  const { fd, path: reached } = walk(inside, { root });
  closeSync(fd);
  return root === '/' ? reached : root + reached;
}

/** Target of the link at the end of `path`; what leads to the link is resolved inside the root. Throws EINVAL for no link. */
export function linkTarget(path: string): string {
  const { root, path: inside } = splitRoot(path);
  if (root === '/') return readlinkSync(path);
  const slash = inside.lastIndexOf('/');
  const { fd } = walk(inside.slice(0, slash) || '/', { root });
  try {
    return readlinkSync(`${pathOfDescriptor(fd)}/${inside.slice(slash + 1)}`);
  } finally {
    closeSync(fd);
  }
}

/**
 * Hands `connect` a path that leads to the unix socket at `path` and to no other, valid during the call: connect(2) on a
 * unix socket is made at once. Throws the error of open(2).
 */
export function withSocketPath<T>(path: string, connect: (reached: string) => T): T {
  const { root, path: inside } = splitRoot(path);
  if (root === '/') return connect(path);
  const { fd } = walk(inside, { root });
  try {
    return connect(pathOfDescriptor(fd));
  } finally {
    closeSync(fd);
  }
}

/** access(2), resolved as `openFileToRead` resolves it. `mode` is R_OK or X_OK. Throws the system's error. */
export function accessPath(path: string, mode: number): void {
  const { root, path: inside } = splitRoot(path);
  if (root === '/' && KERNEL_PATH.test(path)) {
    accessSync(path, mode);
    return;
  }
  const { fd } = walk(inside, { root });
  try {
    accessSync(pathOfDescriptor(fd), mode);
  } finally {
    closeSync(fd);
  }
}

/** Names in a folder, resolved as `openFileToRead` resolves it. Throws the system's error. */
export function listFolder(path: string): string[] {
  const { root, path: inside } = splitRoot(path);
  if (root === '/' && (path === '/proc' || KERNEL_PATH.test(path))) return withSpare(() => readdirSync(path));
  return withSpare(() => {
    const { fd } = walk(inside, { root });
    try {
      return readdirSync(pathOfDescriptor(fd));
    } finally {
      closeSync(fd);
    }
  });
}

/** A whole file as UTF-8. One that is longer than `maxBytes` is refused; it is not read further. */
export function readTextFile(path: string, maxBytes: number): string {
  const { text, isCut } = readTextStart(path, maxBytes);
  if (isCut) throw refusal(path, `is longer than ${maxBytes} bytes`);
  return text;
}

/** The first bytes of a file, also of one of /proc or /sys by its own name, as UTF-8; `isCut` when there are more. */
export function readTextStart(path: string, maxBytes: number): { readonly text: string; readonly isCut: boolean } {
  const { fd, stat } = withSpare(() => (isOfKernel(path) ? openOfKernel(path) : openNow(path)));
  try {
    const chunks: Buffer[] = [];
    let total = 0;
    for (;;) {
      // Files of the kernel say that they have no size.
      const chunk = Buffer.allocUnsafe(stat.size > 4096n ? 64 * 1024 : 4096);
      const got = readSync(fd, chunk, 0, chunk.length, null);
      chunks.push(chunk.subarray(0, got));
      total += got;
      const isCut = total > maxBytes;
      if (got > 0 && !isCut) continue;
      return { text: Buffer.concat(chunks, Math.min(total, maxBytes)).toString('utf8'), isCut };
    }
  } finally {
    closeSync(fd);
  }
}
