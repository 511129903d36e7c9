/** Decompresses a gzip file up to its first damaged byte. Memory use is constant. */
import { readSync } from 'node:fs';
import { createGunzip, type Gunzip } from 'node:zlib';

/** zlib allocates a buffer for each piece of output: larger ones reach 100 MiB before they are collected. */
const PIECE_BYTES = 8 * 1024;
const COMPRESSED_BYTES = 16 * 1024;
/** zlib gives this error only at the start of a member: everything before it is complete. */
const NO_MEMBER = ['incorrect header check', 'unknown compression method'];

/** `garbage`: bytes that are no gzip follow the end. Otherwise zlib's error at the damaged byte. */
export type GzipEnd = 'whole' | 'garbage' | Error;

interface Feed {
  readonly gunzip: Gunzip;
  readonly pieces: Buffer[];
  error: Error | null;
}

function createFeed(): Feed {
  const gunzip = createGunzip({ chunkSize: PIECE_BYTES });
  const feed: Feed = { gunzip, pieces: [], error: null };
  gunzip.on('data', (piece: Buffer) => feed.pieces.push(piece));
  gunzip.on('error', (error) => {
    feed.error = error;
  });
  return feed;
}

/** Resolves when zlib has written the output of these bytes, or failed. An empty piece ends the stream. */
function push({ gunzip }: Feed, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    gunzip.once('close', resolve);
    if (bytes.length === 0) gunzip.end();
    else
      gunzip.write(bytes, () => {
        gunzip.off('close', resolve);
        resolve();
      });
  });
}

/** Feeds the file to zlib, byte by byte after `slowFrom`. Returns the offset that it reached. */
async function* pour(feed: Feed, fd: number, slowFrom: number): AsyncGenerator<Buffer, number, undefined> {
  for (let at = 0; ; ) {
    const size = at < slowFrom ? Math.min(COMPRESSED_BYTES, slowFrom - at) : 1;
    const bytes = Buffer.alloc(size);
    const length = readSync(fd, bytes, 0, size, at);
    await push(feed, bytes.subarray(0, length));
    yield* feed.pieces.splice(0);
    if (feed.error !== null || length === 0) return at;
    at += length;
  }
}

export async function* gunzipped(fd: number): AsyncGenerator<Uint8Array, GzipEnd, undefined> {
  const quick = createFeed();
  let written = 0;
  const pieces = pour(quick, fd, Number.POSITIVE_INFINITY);
  let next = await pieces.next();
  for (; next.done !== true; next = await pieces.next()) {
    written += next.value.length;
    yield next.value;
  }
  if (quick.error === null) return 'whole';
  // zlib drops the output of good bytes that arrive in one piece with the damaged byte.
  for await (const piece of pour(createFeed(), fd, next.value)) {
    const fresh = piece.subarray(Math.min(written, piece.length));
    written -= piece.length - fresh.length;
    if (fresh.length > 0) yield fresh;
  }
  return NO_MEMBER.includes(quick.error.message) ? 'garbage' : quick.error;
}
