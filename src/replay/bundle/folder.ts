/**
 * Reads the plain files of an untrusted folder. Follows no links, so that a bundle cannot make root read another file.
 * Opens nothing but plain files, and reads a file only to the size that it had.
 */
import { closeSync, constants, createReadStream, fstatSync, lstatSync, opendirSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { kindOf, type LeaveOut, MAX_FILES, type StoredFile } from './stored-file.ts';

const CHUNK_BYTES = 256 * 1024;

interface Opened {
  readonly fd: number;
  readonly sizeBytes: number;
}

/** Throws with a clause about the file: `is a FIFO, not a file`. */
function openPlain(path: string, owner: number): Opened {
  const found = lstatSync(path);
  if (!found.isFile() && !found.isDirectory()) throw new Error(`is ${kindOf(found)}, not a file: it was not read`);
  // The name may refer to another file by now.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY);
  const stat = fstatSync(fd);
  const objection = stat.isFile() ? null : `is ${kindOf(stat)}, not a file: it was not read`;
  // Like the kernel's protected_hardlinks: refuses a hard link to a file of another owner than the folder's.
  const foreign = stat.nlink > 1 && stat.uid !== owner ? `has ${stat.nlink} names and another owner: not read` : null;
  if (objection === null && foreign === null) return { fd, sizeBytes: stat.size };
  closeSync(fd);
  throw new Error(objection ?? foreign ?? '');
}

function reader(path: string, owner: number): Readable {
  const { fd, sizeBytes } = openPlain(path, owner);
  if (sizeBytes > 0) return createReadStream('', { fd, end: sizeBytes - 1, highWaterMark: CHUNK_BYTES });
  closeSync(fd);
  return Readable.from([]);
}

function exists(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Skips subfolders and dangling links silently, and everything else with a message. */
export function filesInFolder(folder: string, leaveOut: LeaveOut): StoredFile[] {
  const owner = lstatSync(`${folder}/.`).uid;
  const listing = opendirSync(folder);
  const files: StoredFile[] = [];
  try {
    for (let entry = listing.readSync(); entry !== null; entry = listing.readSync()) {
      const { name } = entry;
      const path = join(folder, name);
      if (entry.isDirectory() || !exists(path)) continue;
      if (files.length >= MAX_FILES) {
        leaveOut(`${folder} holds more than ${MAX_FILES} files: the others were not read`);
        break;
      }
      try {
        const { fd, sizeBytes } = openPlain(path, owner);
        closeSync(fd);
        files.push({ name, sizeBytes, open: () => reader(path, owner) });
      } catch (cause) {
        leaveOut(`${name}: ${(cause as Error).message}`);
      }
    }
  } finally {
    listing.closeSync();
  }
  return files;
}
