/**
 * Opens the files of an untrusted bundle, from a folder or a `.tar.gz` (`.tgz`, `.tar`). Reads only plain files, each
 * as a stream, with a limit for every size. Names everything that it skips.
 */
import { closeSync, constants, createReadStream, fstatSync, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { GapwatchError } from '../../core/errors.ts';
import { filesInArchive } from './archive.ts';
import { filesInFolder } from './folder.ts';
import { plainText } from './plain-text.ts';
import { kindOf, type LeaveOut, type StoredFile } from './stored-file.ts';

export interface BundleFile {
  /** Name inside the bundle, without folders. */
  readonly name: string;
  readonly sizeBytes: number;
  /**
   * The content, unzipped when the name ends in `.gz`; of a damaged file the readable part. Can be read more than once.
   */
  chunks(): AsyncIterable<Uint8Array>;
  /** Why the last reading ended early; null when it was complete. */
  damage(): string | null;
}

/** Deflate reaches 1,032 (zlib.net/zlib_tech.html); logs reach a fifth of this. */
const MOST_RATIO = 500;
/** The ratio means nothing for a small file. */
const RATIO_FROM_BYTES = 64 * 1024 * 1024;
const UNZIPPED_CHUNK_BYTES = 64 * 1024;

async function* unzipped(source: Readable, sizeBytes: number): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: UNZIPPED_CHUNK_BYTES });
  source.on('error', (error) => gunzip.destroy(error));
  let total = 0;
  try {
    for await (const chunk of source.pipe(gunzip) as AsyncIterable<Uint8Array>) {
      yield chunk;
      total += chunk.length;
      if (total > RATIO_FROM_BYTES && total > MOST_RATIO * sizeBytes)
        throw new Error(`unpacks to more than ${MOST_RATIO} times its size; the rest was not read`);
    }
  } finally {
    gunzip.destroy();
  }
}

function bundleFile({ name, sizeBytes, open }: StoredFile): BundleFile {
  let damage: string | null = null;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    damage = null;
    let source: Readable | null = null;
    try {
      source = open();
      yield* plainText(name.endsWith('.gz') ? unzipped(source, sizeBytes) : source);
    } catch (cause) {
      damage = (cause as Error).message;
    } finally {
      source?.destroy();
    }
  }
  return { name, sizeBytes, chunks, damage: () => damage };
}

/** Opens the archive for reading. Throws GapwatchError USAGE when it is not a plain file. */
function openArchive(path: string): Readable {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  const stat = fstatSync(fd);
  if (stat.isFile()) return createReadStream('', { fd, end: Math.max(0, stat.size - 1) });
  closeSync(fd);
  throw new GapwatchError('USAGE', `${path} is ${kindOf(stat)}, not a bundle`, { hint: 'Name a folder or a .tar.gz.' });
}

function isFolder(path: string): boolean {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const message = missing ? `there is no bundle at ${path}` : `${path} cannot be read: ${(cause as Error).message}`;
    throw new GapwatchError('USAGE', message, { hint: 'Name a folder or a .tar.gz.', cause });
  }
  try {
    return fstatSync(fd).isDirectory();
  } finally {
    closeSync(fd);
  }
}

/**
 * The files of the bundle at `path`; `leaveOut` receives a message for each skipped one. Throws GapwatchError USAGE
 * when there is no bundle.
 */
export async function openBundleFiles(path: string, leaveOut: LeaveOut = () => {}): Promise<BundleFile[]> {
  const stored = isFolder(path)
    ? filesInFolder(path, leaveOut)
    : await filesInArchive(path, () => openArchive(path), leaveOut);
  return stored.map(bundleFile);
}

/** A parsed configuration takes 45 times the size of its text. */
const MAX_TEXT_BYTES = 4 * 1024 * 1024;

/** A small file as text; null, with a message, when it is larger than `maxBytes` (4 MiB). */
export async function readText(
  file: BundleFile,
  leaveOut: LeaveOut = () => {},
  maxBytes = MAX_TEXT_BYTES,
): Promise<string | null> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of file.chunks()) {
    length += part.length;
    if (length > maxBytes) {
      leaveOut(`${file.name}: larger than ${maxBytes / 1024 ** 2} MiB, not read`);
      return null;
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
