/**
 * Reads the plain files of an untrusted `.tar.gz`. Writes nothing to disk: small files stay in memory, and for a large
 * one the archive is read again. Ignores folders in names. Skips links, devices and other entries, and names them.
 */
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type Extract, extract, type Header } from 'tar-stream';
import { GapwatchError } from '../../core/errors.ts';
import { type LeaveOut, MAX_FILES, type StoredFile } from './stored-file.ts';

const MAX_UNPACKED_BYTES = 1 << 30;
/** For a larger file the archive is read again. */
const KEPT_FILE_BYTES = 4 * 1024 * 1024;
const KEPT_BYTES = 32 * 1024 * 1024;
const MAX_NAME_CHARS = 255;
const CHUNK_BYTES = 64 * 1024;
/** Limit of messages about one archive. */
const MAX_SENTENCES = 20;

const KINDS: Readonly<Record<string, string>> = {
  link: 'a hard link',
  symlink: 'a symbolic link',
  'character-device': 'a device',
  'block-device': 'a device',
  fifo: 'a FIFO',
};

/** The package's types omit what its stream yields. */
type Entry = (Extract extends AsyncIterable<infer E> ? E : never) & AsyncIterable<Buffer>;

/** Ends the reading of an archive with a message. */
class TooLarge extends Error {}

async function* limited(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let total = 0;
  for await (const chunk of source) {
    total += chunk.length;
    if (total > MAX_UNPACKED_BYTES) throw new TooLarge('unpacks to more than 1 GiB: the rest was not read');
    yield chunk;
  }
}

/** The entries from the beginning. Each must be read or resumed before the next one. */
async function* entriesOf(path: string, open: () => Readable): AsyncGenerator<Entry> {
  const source = open();
  const unpack = extract();
  const content = path.endsWith('.tar') ? source : source.pipe(createGunzip({ chunkSize: CHUNK_BYTES }));
  source.on('error', (error) => content.destroy(error));
  const bytes = Readable.from(limited(content), { objectMode: false });
  bytes.on('error', (error) => unpack.destroy(error));
  bytes.pipe(unpack);
  try {
    yield* unpack as AsyncIterable<Entry>;
  } finally {
    for (const stream of [source, content, bytes, unpack]) stream.destroy();
  }
}

/** Streams the entry at `index` of the archive. */
async function* entryAt(path: string, open: () => Readable, index: number): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const entry of entriesOf(path, open)) {
    if (at++ === index) return yield* entry;
    entry.resume();
  }
}

/** Why an entry is not a file of the bundle; null when it is one, empty when it needs no message. */
function objection({ type }: Header, name: string, isKnown: boolean): string | null {
  if (type === 'directory') return '';
  if (name === '' || name === '.' || name === '..' || name.length > MAX_NAME_CHARS) return 'not a file name';
  if (type !== 'file' && type !== 'contiguous-file') return `${KINDS[type] ?? 'no plain file'}, not read`;
  return isKnown ? 'a second file of that name was not read' : null;
}

/**
 * tar-stream treats an unreadable size as null and then never finds the end of the entry. The same happens with a
 * folder that has a size.
 */
function sizeOf({ size, type }: Header): number {
  if (!Number.isSafeInteger(size) || size < 0) throw new Error('an entry has no size');
  if (type === 'directory' && size > 0) throw new Error('a folder has a size');
  return size;
}

/** Reads the entry to its end. Returns its content when it is small enough, else null. */
async function contentOf(entry: Entry, keep: boolean): Promise<Buffer | null> {
  const parts: Buffer[] = [];
  for await (const part of entry) if (keep) parts.push(part);
  return keep ? Buffer.concat(parts) : null;
}

interface Listing {
  readonly path: string;
  readonly open: () => Readable;
  readonly leaveOut: LeaveOut;
  readonly files: Map<string, StoredFile>;
}

async function list({ path, open, leaveOut, files }: Listing): Promise<void> {
  let [index, said, kept] = [-1, 0, 0];
  for await (const entry of entriesOf(path, open)) {
    index++;
    if (index >= MAX_FILES) throw new TooLarge(`holds more than ${MAX_FILES} files: the others were not read`);
    const name = basename(entry.header.name);
    const because = objection(entry.header, name, files.has(name));
    const sizeBytes = sizeOf(entry.header);
    const keep = because === null && sizeBytes <= KEPT_FILE_BYTES && kept + sizeBytes <= KEPT_BYTES;
    if (keep) kept += sizeBytes;
    const content = await contentOf(entry, keep);
    const own = index;
    const reader = () => Readable.from(content === null ? entryAt(path, open, own) : [content]);
    if (because === null) files.set(name, { name, sizeBytes, open: reader });
    else if (because !== '' && said++ < MAX_SENTENCES) leaveOut(`${name.slice(0, MAX_NAME_CHARS)}: ${because}`);
  }
}

/** Throws GapwatchError USAGE when the archive is damaged. */
export async function filesInArchive(path: string, open: () => Readable, leaveOut: LeaveOut): Promise<StoredFile[]> {
  const files = new Map<string, StoredFile>();
  try {
    await list({ path, open, leaveOut, files });
  } catch (cause) {
    if (cause instanceof GapwatchError) throw cause;
    if (cause instanceof TooLarge) leaveOut(`${path} ${cause.message}`);
    else
      throw new GapwatchError('USAGE', `${path} cannot be unpacked: ${(cause as Error).message}`, {
        hint: 'A bundle is a folder, or a .tar.gz of one.',
        cause,
      });
  }
  return [...files.values()];
}
