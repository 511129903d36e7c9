/**
 * The files of a bundle, from a folder or from the same as `.tar.gz` (`.tgz`, `.tar`). Files in a folder are streamed;
 * an archive is unpacked in memory, up to a limit. Anything else in it is left alone.
 */
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { GapwatchError } from '../core/errors.ts';
import { plainText } from './plain-text.ts';

/** An unpacked archive larger than this is refused: unpack it and name the folder instead. */
const MAX_UNPACKED_BYTES = 1 << 30;

export interface BundleFile {
  /** Name inside the bundle, without folders. */
  readonly name: string;
  readonly sizeBytes: number;
  /** The content, unzipped when the name ends in `.gz`; of a damaged file what can be read. Can be read more than once. */
  chunks(): AsyncIterable<Uint8Array>;
  /** Why the last reading ended early; null when it did not. */
  damage(): string | null;
}

function bundleFile(name: string, sizeBytes: number, open: () => Readable): BundleFile {
  let damage: string | null = null;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    damage = null;
    const source = open();
    const content = name.endsWith('.gz') ? source.pipe(createGunzip()) : source;
    source.on('error', (error) => content.destroy(error));
    try {
      yield* plainText(content);
    } catch (cause) {
      damage = (cause as Error).message;
    } finally {
      source.destroy();
    }
  }
  return { name, sizeBytes, chunks, damage: () => damage };
}

/** null for what is no file: a folder, a device, a link that leads nowhere or in a circle. */
function fileSize(path: string): number | null {
  try {
    const found = statSync(path);
    return found.isFile() ? found.size : null;
  } catch {
    return null;
  }
}

function fromFolder(folder: string): BundleFile[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    const size = fileSize(path);
    if (size === null) return [];
    // A link may lead into /proc, where files have no size and some never end.
    const open = () => (size === 0 ? Readable.from([]) : createReadStream(path, { highWaterMark: 256 * 1024 }));
    return [bundleFile(name, size, open)];
  });
}

async function fromArchive(path: string): Promise<BundleFile[]> {
  const files: BundleFile[] = [];
  let unpackedBytes = 0;
  const unpack = extract();
  unpack.on('entry', (header, stream, next) => {
    const parts: Buffer[] = [];
    // The pipeline tells it; without a listener here it would end the process.
    stream.on('error', () => {});
    stream.on('data', (chunk: unknown) => {
      const part = chunk as Buffer;
      unpackedBytes += part.length;
      if (unpackedBytes > MAX_UNPACKED_BYTES) unpack.destroy(new Error('it unpacks to more than 1 GiB'));
      else parts.push(part);
    });
    stream.on('end', () => {
      const content = Buffer.concat(parts);
      const name = basename(header.name);
      if (header.type === 'file') {
        files.push(bundleFile(name, content.length, () => Readable.from([content])));
      }
      next();
    });
  });
  const source = createReadStream(path);
  try {
    await (path.endsWith('.tar') ? pipeline(source, unpack) : pipeline(source, createGunzip(), unpack));
  } catch (cause) {
    throw new GapwatchError('USAGE', `${path} cannot be unpacked: ${(cause as Error).message}`, {
      hint: 'A bundle is a folder, or a .tar.gz of one.',
      cause,
    });
  }
  return files;
}

/** Lists the files of the bundle at `path`. Throws GapwatchError USAGE when there is no bundle. */
export async function openBundleFiles(path: string): Promise<BundleFile[]> {
  let isFolder: boolean;
  try {
    isFolder = statSync(path).isDirectory();
  } catch (cause) {
    throw new GapwatchError('USAGE', `there is no bundle at ${path}`, { hint: 'Name a folder or a .tar.gz.', cause });
  }
  return isFolder ? fromFolder(path) : fromArchive(path);
}

/** The longest text that Node makes one string of is twice this. */
const MAX_TEXT_BYTES = 256 * 1024 * 1024;

/** The whole of a small file as text. Throws GapwatchError USAGE when it is none. */
export async function readText(file: BundleFile): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of file.chunks()) {
    length += part.length;
    if (length > MAX_TEXT_BYTES)
      throw new GapwatchError('USAGE', `${file.name} has more than 256 MiB`, {
        hint: 'Cut it to the time around the trouble; only logs may be of any size.',
      });
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
