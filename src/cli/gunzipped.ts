/** The content of a gzip file up to where it can be read, in memory that does not grow, however its end is damaged. */
import { readSync } from 'node:fs';
import { createGunzip, type Gunzip } from 'node:zlib';

/** zlib makes a new buffer for each piece it hands out: larger ones pile up to 100 MiB before they are collected. */
const PIECE_BYTES = 8 * 1024;
const COMPRESSED_BYTES = 16 * 1024;
/** At the start of a member only: what came before is whole, and no archive goes on here. */
const NO_MEMBER = ['incorrect header check', 'unknown compression method'];

/** `garbage`: something that is no gzip follows the end. Otherwise what zlib says about the place where it broke. */
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

/** Resolves when all that these bytes hold has come out, or zlib has given up. No bytes are the end. */
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

/** Feeds the file, from `slowFrom` on byte by byte; answers how far it got. */
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
  let told = 0;
  const pieces = pour(quick, fd, Number.POSITIVE_INFINITY);
  let next = await pieces.next();
  for (; next.done !== true; next = await pieces.next()) {
    told += next.value.length;
    yield next.value;
  }
  if (quick.error === null) return 'whole';
  // zlib keeps what it made of the bytes before the broken one when they come together.
  for await (const piece of pour(createFeed(), fd, next.value)) {
    const fresh = piece.subarray(Math.min(told, piece.length));
    told -= piece.length - fresh.length;
    if (fresh.length > 0) yield fresh;
  }
  return NO_MEMBER.includes(quick.error.message) ? 'garbage' : quick.error;
}
