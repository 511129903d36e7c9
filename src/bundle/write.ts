/**
 * Writes a bundle: a folder, or a `.tar.gz` when the name says so. Contents come in redacted; nothing is added here.
 * Each file is written as it comes, new and for our eyes only: nothing that is there already is ever written to.
 */
import {
  type BigIntStats,
  createReadStream,
  createWriteStream,
  fstatSync,
  mkdtempSync,
  rmSync,
  unlinkSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Pack, pack } from 'tar-stream';
import { makePrivateFolder, openNewPrivateFile } from '../files/private-file.ts';
import { openFileToRead, statPath } from '../files/read-file.ts';
import { trustedUsers } from '../files/who-can-write.ts';

const FOR_GROUP_OR_OTHERS = 0o022n;

/** File name → content; a large one comes in pieces. */
export type BundleContent = Readonly<Record<string, string | Uint8Array | Iterable<string> | AsyncIterable<string>>>;

export interface WrittenFile {
  readonly name: string;
  readonly bytes: number;
}

const piecesOf = (content: BundleContent[string]): Iterable<string | Uint8Array> | AsyncIterable<string> =>
  typeof content === 'string' || content instanceof Uint8Array ? [content] : content;

/** Empty files are not kept. */
async function writeFile(path: string, content: BundleContent[string]): Promise<number> {
  const file = createWriteStream('', { fd: openNewPrivateFile(path) });
  await pipeline(Readable.from(piecesOf(content), { objectMode: true, highWaterMark: 16 }), file);
  if (file.bytesWritten === 0) unlinkSync(path);
  return file.bytesWritten;
}

async function writeFolder(folder: string, content: BundleContent): Promise<WrittenFile[]> {
  const written: WrittenFile[] = [];
  for (const [name, data] of Object.entries(content)) {
    const bytes = await writeFile(join(folder, name), data);
    if (bytes > 0) written.push({ name, bytes });
  }
  return written;
}

async function packFile(archive: Pack, path: string): Promise<void> {
  const { fd } = openFileToRead(resolve(path));
  const { size, mtime } = fstatSync(fd);
  const entry = archive.entry({ name: `gapwatch-bundle/${basename(path)}`, size, mtime, mode: 0o600 });
  await pipeline(createReadStream('', { fd }), entry as unknown as NodeJS.WritableStream);
}

async function packFiles(archive: Pack, folder: string, written: readonly WrittenFile[]): Promise<void> {
  for (const { name } of written) await packFile(archive, join(folder, name));
  archive.finalize();
}

/** An entry of an archive begins with its size, so the files are written before they are packed. */
async function writeArchive(target: string, content: BundleContent): Promise<WrittenFile[]> {
  const file = createWriteStream('', { fd: openNewPrivateFile(target) });
  const folder = mkdtempSync(join(dirname(resolve(target)), '.gapwatch-bundle-'));
  try {
    const written = await writeFolder(folder, content);
    const archive = pack();
    await Promise.all([packFiles(archive, folder, written), pipeline(Readable.from(archive), createGzip(), file)]);
    return written;
  } catch (error) {
    file.destroy();
    unlinkSync(target);
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
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

/**
 * `target` ends in `.tar.gz` or `.tgz` for an archive; the folder it is to lie in exists. Throws the system's error:
 * EEXIST where a file of that name is there.
 */
export async function writeBundle(target: string, content: BundleContent): Promise<WrittenFile[]> {
  if (/\.(tar\.gz|tgz)$/.test(target)) return writeArchive(target, content);
  const isNew = makeFolder(target);
  try {
    return await writeFolder(target, content);
  } catch (error) {
    if (isNew) rmSync(target, { recursive: true, force: true });
    throw error;
  }
}
