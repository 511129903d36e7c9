/**
 * Writes a bundle as a folder, or as a `.tar.gz` when the name says so. Expects redacted contents and adds none.
 * Creates each file as a new one, readable by its owner only, and never writes to an existing one. After a failure it
 * removes the new files from the folder in which they were created, even when the folder's name now leads elsewhere.
 */
import { type BigIntStats, createReadStream, createWriteStream, rmdirSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Pack, pack } from 'tar-stream';
import type { HeldFolder } from '../../files/held-folder.ts';
import { holdFolder, makePrivateFolder } from '../../files/private-file.ts';
import { statPath } from '../../files/read-file.ts';
import { trustedUsers } from '../../files/who-can-write.ts';

const FOR_GROUP_OR_OTHERS = 0o022n;

/** File name → content; a large one in pieces. */
export type BundleContent = Readonly<Record<string, string | Uint8Array | Iterable<string> | AsyncIterable<string>>>;

export interface WrittenFile {
  readonly name: string;
  readonly bytes: number;
}

const piecesOf = (content: BundleContent[string]): Iterable<string | Uint8Array> | AsyncIterable<string> =>
  typeof content === 'string' || content instanceof Uint8Array ? [content] : content;

/** Writes the content, closes the file and returns the number of bytes. */
async function fill(fd: number, content: BundleContent[string]): Promise<number> {
  const file = createWriteStream('', { fd });
  await pipeline(Readable.from(piecesOf(content), { objectMode: true, highWaterMark: 16 }), file);
  return file.bytesWritten;
}

/** Does not keep empty files. Keeps no file when one fails. */
async function writeFiles(folder: HeldFolder, content: BundleContent): Promise<WrittenFile[]> {
  const made = new Map<string, number>();
  try {
    for (const [name, data] of Object.entries(content)) {
      const fd = folder.create(name);
      made.set(name, 0);
      made.set(name, await fill(fd, data));
    }
  } catch (error) {
    for (const name of made.keys()) folder.remove(name);
    throw error;
  }
  for (const [name, bytes] of made) if (bytes === 0) folder.remove(name);
  return [...made].filter(([, bytes]) => bytes > 0).map(([name, bytes]) => ({ name, bytes }));
}

/** An archive entry begins with its size, so each file is written first to an unnamed one. */
async function packFile(archive: Pack, folder: HeldFolder, name: string, content: BundleContent[string]) {
  const { write, read } = folder.scratch();
  const copy = createReadStream('', { fd: read, start: 0 });
  try {
    const size = await fill(write, content);
    if (size > 0) {
      const entry = archive.entry({ name: `gapwatch-bundle/${name}`, size, mode: 0o600 });
      await pipeline(copy, entry as unknown as NodeJS.WritableStream);
    }
    return size;
  } finally {
    copy.destroy();
  }
}

async function packFiles(archive: Pack, folder: HeldFolder, content: BundleContent): Promise<WrittenFile[]> {
  const written: WrittenFile[] = [];
  for (const [name, data] of Object.entries(content)) {
    const bytes = await packFile(archive, folder, name, data);
    if (bytes > 0) written.push({ name, bytes });
  }
  archive.finalize();
  return written;
}

async function writeArchive(target: string, content: BundleContent): Promise<WrittenFile[]> {
  const folder = holdFolder(dirname(target));
  try {
    const file = createWriteStream('', { fd: folder.create(basename(target)) });
    const archive = pack();
    const packed = pipeline(Readable.from(archive), createGzip(), file);
    try {
      const [written] = await Promise.all([packFiles(archive, folder, content), packed]);
      return written;
    } catch (error) {
      archive.destroy();
      await Promise.allSettled([packed]);
      folder.remove(basename(target));
      throw error;
    }
  } finally {
    folder.close();
  }
}

/** Returns whether it created the folder. An existing one must be writable by us alone. */
function makeFolder(path: string): boolean {
  statPath(resolve(dirname(path)));
  let found: BigIntStats;
  try {
    found = statPath(resolve(path));
  } catch {
    makePrivateFolder(path);
    return true;
  }
  const because = trustedUsers().has(Number(found.uid)) ? null : `belongs to uid ${found.uid}`;
  const open = (found.mode & FOR_GROUP_OR_OTHERS) === 0n ? null : 'can be written by others';
  if (because !== null || open !== null)
    throw Object.assign(new Error(`EPERM: ${path} ${because ?? open}`), { code: 'EPERM', path });
  return false;
}

/** rmdir(2) removes only an empty folder, so anything else with this name stays. */
function removeEmptyFolder(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // The folder was moved meanwhile.
  }
}

/**
 * `target` ends in `.tar.gz` or `.tgz` for an archive; its parent folder must exist. Throws the system's error: EEXIST
 * when the file exists.
 */
export async function writeBundle(target: string, content: BundleContent): Promise<WrittenFile[]> {
  if (/\.(tar\.gz|tgz)$/.test(target)) return writeArchive(target, content);
  const isNew = makeFolder(target);
  const folder = holdFolder(target);
  try {
    return await writeFiles(folder, content);
  } catch (error) {
    if (isNew) removeEmptyFolder(target);
    throw error;
  } finally {
    folder.close();
  }
}
