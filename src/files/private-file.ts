/**
 * Creates files and folders that only our user may read, also in folders where others can write. Refuses links that
 * another user could have made, files of another user, and files with a second link.
 */
import {
  type BigIntStats,
  closeSync,
  constants,
  createWriteStream,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { descriptorIn } from './descriptor-path.ts';
import { HeldFolder } from './held-folder.ts';
import { O_PATH, pathOfDescriptor, type Walk, walk } from './walk.ts';
import { allExposures, strictnessOfOurUser, trustedUsers } from './who-can-write.ts';

const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;
const FOR_GROUP_OR_OTHERS = 0o077n;

/** `reason` is a clause about the path: `is a symbolic link of uid 65534`. */
function refusal(path: string, reason: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${path} ${reason}`), { code: 'EPERM', syscall: 'open', path });
}

/** Null when there is nothing of that name. */
function walkIfThere(path: string): Walk | null {
  try {
    return walk(resolve(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** A link is followed only while no other user could have changed the path up to it. */
function refusePlantedLinks({ hops }: Walk): void {
  const last = hops.findLastIndex(({ stat }) => stat.isSymbolicLink());
  const strictness = { ...strictnessOfOurUser(), folders: 'refuse' } as const;
  const [exposure] = allExposures(hops.slice(0, last + 1), strictness);
  if (exposure === undefined) return;
  const link = hops[last]?.path ?? '';
  throw refusal(link, `is a symbolic link that others could have made: ${exposure.path} ${exposure.because}`);
}

function objectionTo(stat: BigIntStats): string | null {
  if (stat.isDirectory()) return 'is a folder';
  if (!(stat.isFile() || stat.isFIFO() || stat.isCharacterDevice())) return 'is neither a file nor a stream';
  if (!trustedUsers().has(Number(stat.uid))) return `belongs to uid ${stat.uid}`;
  return stat.isFile() && stat.nlink > 1n
    ? `has ${stat.nlink} names, so writing to it would change another file`
    : null;
}

/** Refused is what others own or could have put there. */
function judge(path: string, walked: Walk): void {
  refusePlantedLinks(walked);
  const objection = objectionTo(walked.stat);
  if (objection !== null) throw refusal(path, objection);
}

function openExisting({ fd: held, stat }: Walk, append: boolean): number {
  const fd = openSync(
    pathOfDescriptor(held),
    constants.O_WRONLY | constants.O_NOCTTY | (append ? constants.O_APPEND : 0),
  );
  if (!stat.isFile()) return fd;
  const isOurs = Number(stat.uid) === process.geteuid?.();
  if (isOurs && (stat.mode & FOR_GROUP_OR_OTHERS) !== 0n) fchmodSync(fd, PRIVATE_FILE);
  if (!append) ftruncateSync(fd);
  return fd;
}

/** Opens a folder to make files in it. Throws the system's error, or EPERM when others could have led us there. */
export function holdFolder(path: string): HeldFolder {
  const folder = walk(resolve(path));
  try {
    refusePlantedLinks(folder);
    if (!folder.stat.isDirectory()) throw notAFolder(path);
    return new HeldFolder(folder.fd);
  } catch (error) {
    closeSync(folder.fd);
    throw error;
  }
}

function create(path: string, append: boolean): number {
  const folder = holdFolder(dirname(path));
  try {
    return folder.create(basename(path), constants.O_WRONLY | (append ? constants.O_APPEND : 0));
  } finally {
    folder.close();
  }
}

/**
 * Writes a whole file, made with mode 0600 when it is missing and mended to that when it is looser. Throws the system's
 * error, or EPERM with a sentence when the file is refused.
 */
export function writePrivateFile(path: string, content: string | Uint8Array): void {
  const walked = walkIfThere(path);
  let fd: number;
  if (walked === null) fd = create(path, false);
  else {
    try {
      judge(path, walked);
      if (!walked.stat.isFile()) throw refusal(path, 'is not a regular file');
      fd = openExisting(walked, false);
    } finally {
      closeSync(walked.fd);
    }
  }
  try {
    writeFileSync(fd, content);
  } finally {
    closeSync(fd);
  }
}

/** Makes an empty file with mode 0600. Throws EEXIST when there is anything of that name. */
export function createPrivateFile(path: string): void {
  closeSync(create(path, false));
}

/**
 * A stream that appends to a file, as `writePrivateFile` opens it, to a device, to an open descriptor (`/dev/fd/3`), or to
 * a FIFO whose reader may come later. What cannot be opened is thrown at once, not emitted.
 */
export function appendToPrivateFile(path: string): Writable {
  const descriptor = descriptorIn(path);
  if (descriptor !== null) return createWriteStream('', { fd: descriptor, autoClose: false });
  const walked = walkIfThere(path);
  if (walked === null) return createWriteStream('', { fd: create(path, true) });
  let isHeld = false;
  try {
    judge(path, walked);
    if (!walked.stat.isFIFO()) return createWriteStream('', { fd: openExisting(walked, true) });
    // Opening waits for the reader, so the thread pool does it; until then the FIFO is held by descriptor.
    isHeld = true;
    const release = (): void => closeSync(walked.fd);
    return createWriteStream(pathOfDescriptor(walked.fd), { flags: 'a' }).once('open', release);
  } finally {
    if (!isHeld) closeSync(walked.fd);
  }
}

function notAFolder(path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`ENOTDIR: not a folder, ${path}`), { code: 'ENOTDIR', path });
}

/**
 * Makes the folder and those above it, with mode 0700. Throws the system's error, or EPERM with a sentence. Not with
 * mkdir's `recursive`: it follows planted links, and Node never returns where a file system has no place for folders.
 */
export function makePrivateFolder(path: string): void {
  const missing: string[] = [];
  let existing = resolve(path);
  let walked = walkIfThere(existing);
  for (; walked === null; walked = walkIfThere(existing)) {
    missing.unshift(basename(existing));
    existing = dirname(existing);
  }
  let { fd } = walked;
  try {
    refusePlantedLinks(walked);
    if (!fstatSync(fd).isDirectory()) throw notAFolder(existing);
    for (const name of missing) {
      const spot = `${pathOfDescriptor(fd)}/${name}`;
      mkdirSync(spot, PRIVATE_FOLDER);
      const made = openSync(spot, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW);
      closeSync(fd);
      fd = made;
    }
  } finally {
    closeSync(fd);
  }
}
