/**
 * Writes a bundle: a folder, or a `.tar.gz` when the name says so. Contents come in redacted; nothing is added here.
 * Each file is written as it comes, new and for our eyes only: nothing that is there already is ever written to, and
 * what fails is removed from the folder in which it was made, wherever the name of that folder leads by then.
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

/** File name → content; a large one comes in pieces. */
export type BundleContent = Readonly<Record<string, string | Uint8Array | Iterable<string> | AsyncIterable<string>>>;

export interface WrittenFile {
  readonly name: string;
  readonly bytes: number;
}

const piecesOf = (content: BundleContent[string]): Iterable<string | Uint8Array> | AsyncIterable<string> =>
  typeof content === 'string' || content instanceof Uint8Array ? [content] : content;

/** Writes all of it, closes the file and answers with the number of bytes. */
async function fill(fd: number, content: BundleContent[string]): Promise<number> {
  const file = createWriteStream('', { fd });
  await pipeline(Readable.from(piecesOf(content), { objectMode: true, highWaterMark: 16 }), file);
  return file.bytesWritten;
}

/** Empty files are not kept; when one fails, none is. */
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

/** An entry of an archive begins with its size, so each file is first written to one that has no name. */
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

/** Whether the folder was made; one that is there must be ours alone to write to. */
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

/** rmdir(2) takes an empty folder and nothing else, so whatever goes by the name now stays. */
function removeEmptyFolder(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // It was moved meanwhile.
  }
}

/**
 * `target` ends in `.tar.gz` or `.tgz` for an archive; the folder it is to lie in exists. Throws the system's error:
 * EEXIST where a file of that name is there.
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
