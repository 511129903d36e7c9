/**
 * Checks the folder and files of the store: only root and our user may change the folder; the files are regular, have one
 * link, belong to our user, and are private. Too open modes are corrected. Everything else is refused with the remedy.
 */
import { chmodSync, closeSync, lstatSync, readdirSync, renameSync, rmSync, type Stats } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { GapwatchError } from '../core/errors.ts';
import { commandLine, quoted } from '../core/shell.ts';
import { createPrivateFile, makePrivateFolder } from '../files/private-file.ts';
import { pathOfDescriptor, walk } from '../files/walk.ts';
import { allExposures, strictnessOfOurUser } from '../files/who-can-write.ts';
import { lockPath } from './lock.ts';

/** SQLite's files beside the database (sqlite.org/tempfiles.html). */
const SIDE_FILES = ['-wal', '-shm', '-journal'] as const;
const ELSEWHERE = 'or set store.path to a file in a private folder: install -d -m 0700 /var/lib/gapwatch';

function refuse(message: string, hint: string): never {
  throw new GapwatchError('CONFIG', message, { hint });
}

function judgeFolder(path: string): string {
  const walked = walk(dirname(path));
  closeSync(walked.fd);
  const exposures = allExposures(walked.hops, strictnessOfOurUser());
  const [first] = exposures;
  if (first !== undefined) {
    const mend = exposures.map((exposure) => commandLine(exposure.mend)).join(' && ');
    refuse(`the store ${path} is not safe where it is: ${first.path} ${first.because}`, `${mend}\n  ${ELSEWHERE}`);
  }
  return join(walked.path, basename(path));
}

/** A clause, and the line that mends it; null when the file may be used. */
function objectionTo(file: string, stat: Stats): readonly [because: string, mend: string] | null {
  const aside = `mv ${quoted(file)} ${quoted(`${file}.refused`)}`;
  if (stat.isSymbolicLink()) return ['is a symbolic link', aside];
  if (!stat.isFile()) return ['is not a regular file', aside];
  const uid = process.geteuid?.() ?? stat.uid;
  if (stat.uid !== uid) return [`belongs to uid ${stat.uid}, not to ours (${uid})`, `chown ${uid}: ${quoted(file)}`];
  if (stat.nlink > 1) return [`has ${stat.nlink} names`, `remove the others: find / -xdev -samefile ${quoted(file)}`];
  return null;
}

const statOf = (file: string): Stats | undefined => lstatSync(file, { throwIfNoEntry: false });

function judgeFiles(path: string): string[] {
  return [path, lockPath(path), ...SIDE_FILES.map((end) => `${path}${end}`)].filter((file) => {
    const stat = statOf(file);
    if (stat === undefined) return false;
    const objection = objectionTo(file, stat);
    if (objection !== null) refuse(`the store's file ${file} ${objection[0]}`, objection[1]);
    return (stat.mode & 0o077) !== 0;
  });
}

function mend(files: readonly string[]): void {
  for (const file of files) {
    try {
      chmodSync(file, 0o600);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EROFS') throw error;
    }
  }
}

/** Advice to change the owner would take the store away from the service that writes it. */
function refuseForeignReader(path: string): void {
  const { uid, gid } = statOf(path) ?? {};
  if (uid === undefined || uid === process.geteuid?.()) return;
  const asOwner = `setpriv --reuid=${uid} --regid=${gid} --clear-groups gapwatch …`;
  refuse(
    `the store ${path} belongs to uid ${uid}, whose files this user does not trust`,
    `Ask as its owner: ${asOwner}`,
  );
}

/**
 * The path without links of a store that exists, to read it. Throws GapwatchError CONFIG when it could be led astray,
 * and otherwise the system's error.
 */
export function judgePlace(path: string): string {
  refuseForeignReader(path);
  const real = judgeFolder(resolve(path));
  judgeFiles(real);
  return real;
}

/** A folder of ours with nothing but the store in it, such as a new volume of a pod (mode 0777), is the store's own. */
function mendFolder(path: string): void {
  const { fd, hops, stat } = walk(dirname(path));
  try {
    const isLoose = (stat.mode & 0o022n) !== 0n && (stat.mode & 0o1000n) === 0n;
    const isOurs = Number(stat.uid) === process.geteuid?.();
    if (!isLoose || !isOurs || allExposures(hops.slice(0, -1), strictnessOfOurUser()).length > 0) return;
    const folder = pathOfDescriptor(fd);
    if (readdirSync(folder).every((name) => name.startsWith(basename(path)))) chmodSync(folder, 0o700);
  } finally {
    closeSync(fd);
  }
}

/** The path without links, once everything was judged and mended, and the folder is there. Throws as `judgePlace`. */
export function preparePlace(path: string): string {
  makePrivateFolder(dirname(resolve(path)));
  mendFolder(resolve(path));
  const real = judgeFolder(resolve(path));
  mend(judgeFiles(real));
  return real;
}

/**
 * Makes the database's file where there is none; the caller holds the lock. SQLite gives its other files the mode of the
 * database (sqlite.org/src/file/src/os_unix.c, findCreateFileMode); those of a database that is gone would be taken for
 * parts of the new one (sqlite.org/howtocorrupt.html).
 */
export function makeDatabaseFile(path: string): void {
  if (statOf(path) !== undefined) return;
  for (const end of SIDE_FILES) rmSync(`${path}${end}`, { force: true });
  createPrivateFile(path);
  // A database without its lock file is one whose lock was removed.
  if (statOf(lockPath(path)) === undefined) createPrivateFile(lockPath(path));
}

/** Changes when another file takes the place of the former; null when there is none. */
export function identityOf(path: string): string | null {
  const stat = statOf(path);
  return stat === undefined ? null : `${stat.dev}:${stat.ino}`;
}

/** Moves a damaged store out of the way, with what belongs to it. Its new name. Throws the system's error. */
export function moveAside(path: string, now: number): string {
  const stamp = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const aside = `${path}.damaged-${stamp}`;
  for (const end of ['', ...SIDE_FILES]) {
    if (statOf(`${path}${end}`) !== undefined) renameSync(`${path}${end}`, `${aside}${end}`);
  }
  return aside;
}
