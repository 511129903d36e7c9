/** Reads a generation that rotation has compressed. A `.gz` that is still being written is read as far as possible. */
import { closeSync, createReadStream, readSync } from 'node:fs';
import { createGunzip, gunzipSync, constants as gzip } from 'node:zlib';
import { FILE_REFUSED, openFileToRead } from '../../files/read-file.ts';
import type { GenerationRecord } from '../cursor.ts';
import type { Piece } from '../splitter.ts';
import { identityOf } from './generation.ts';
import { HEAD_BYTES, lastBytes, printOf, samePrint, TAIL_BYTES } from './print.ts';
import { openFailure, type Sibling, statOf } from './siblings.ts';
import { FROM_START, Track } from './track.ts';

/** Mostly the first are enough; what unpacks to a thousand times as much must not be unpacked for its head. */
const HEAD_COMPRESSED_BYTES = [4 * 1024, 64 * 1024] as const;

/**
 * `complete`: read to its trailer. `partial`: the file ends too early, or is not gzip from there on. `failed`: the
 * system refused (no descriptor left, EIO); the next try may succeed.
 */
export type ArchiveEnd = 'complete' | 'partial' | 'failed';

/** Hands every decompressed chunk from `offset` on to `take`, waiting for it, until it is enough. */
async function readArchive(
  path: string,
  offset: number,
  take: (chunk: Uint8Array) => void | Promise<void>,
  isEnough: () => boolean = () => false,
): Promise<ArchiveEnd> {
  let position = 0;
  const opened = openedOrNull(path);
  if (opened === null) return 'failed';
  const file = createReadStream('', { fd: opened });
  const unzipped = file.pipe(createGunzip());
  let refusal: Error | null = null;
  file.on('error', (error) => {
    refusal = error;
    unzipped.destroy(error);
  });
  try {
    for await (const chunk of unzipped as AsyncIterable<Buffer>) {
      const fresh = chunk.subarray(Math.max(0, offset - position));
      position += chunk.length;
      if (isEnough()) return 'partial';
      if (fresh.length > 0) await take(fresh);
    }
    return 'complete';
  } catch (error) {
    if (error === refusal) return 'failed';
    if ((error as NodeJS.ErrnoException).code?.startsWith('Z_')) return 'partial';
    throw error;
  } finally {
    file.destroy();
  }
}

/** Null when it is gone, denied or refused by now; other errors are thrown. */
export function openedOrNull(path: string): number | null {
  try {
    return openFileToRead(path).fd;
  } catch (error) {
    openFailure(error);
    return null;
  }
}

/**
 * The first bytes inside, up to HEAD_BYTES; `unfinished` when they are not all there yet, `failed` when the system
 * refuses, null when it is no gzip that may be read.
 */
export function archiveHead(path: string): Buffer | 'unfinished' | 'failed' | null {
  try {
    let compressed: Buffer = Buffer.alloc(0);
    for (const length of HEAD_COMPRESSED_BYTES) {
      compressed = firstBytes(path, length);
      const head = gunzipSync(compressed, { finishFlush: gzip.Z_SYNC_FLUSH }).subarray(0, HEAD_BYTES);
      if (head.length === HEAD_BYTES) return Buffer.from(head);
    }
    // Fewer are all there are only when the archive ends properly: this throws when it does not.
    return gunzipSync(compressed);
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code === 'Z_BUF_ERROR') return 'unfinished';
    return syscall === undefined || code === FILE_REFUSED ? null : 'failed';
  }
}

function firstBytes(path: string, length: number): Buffer {
  const { fd } = openFileToRead(path);
  try {
    const compressed = Buffer.alloc(length);
    return compressed.subarray(0, readSync(fd, compressed, 0, compressed.length, 0));
  } finally {
    closeSync(fd);
  }
}

/** Whether the archive holds, at the same offsets, what the record says was delivered; `unfinished` when it may yet. */
export async function archiveHoldsRecord(
  path: string,
  record: GenerationRecord,
): Promise<boolean | 'unfinished' | 'failed'> {
  const { head, tail, offset } = record;
  if (head.length === 0 || tail.length === 0) return false;
  const start = archiveHead(path);
  if (typeof start === 'string') return start;
  if (start === null || !samePrint(printOf(start.subarray(0, head.length)), head)) return false;
  let position = 0;
  let before: Buffer = Buffer.alloc(0);
  const end = await readArchive(path, 0, (chunk) => {
    if (position < offset) before = lastBytes(before, chunk.subarray(0, offset - position), TAIL_BYTES);
    position += chunk.length;
  });
  if (end === 'failed') return 'failed';
  if (position < offset) return end === 'partial' ? 'unfinished' : false;
  return samePrint(printOf(before.subarray(before.length - tail.length)), tail);
}

/** A compressed generation on its way out. It is read from its start; what was delivered before is only retraced. */
export interface Archive {
  readonly id: string;
  readonly path: string;
  readonly track: Track;
  /** Reads on from its position, if the file has changed since the last try, handing out lines; `settle` the track once they are delivered. */
  read(take: (pieces: readonly Piece[]) => void | Promise<void>, isEnough: () => boolean): Promise<ArchiveEnd>;
  record(): GenerationRecord;
}

export function openArchive(
  sibling: Sibling,
  from: { readonly id: string; readonly record: GenerationRecord | null },
  capBytes: number,
): Archive {
  const track = new Track(FROM_START, capBytes);
  const lastWriteMs = Number(sibling.stat.mtimeMs);
  const offset = from.record?.offset ?? 0;
  let triedSize = -1n;
  return {
    id: from.id,
    path: sibling.path,
    track,
    async read(take, isEnough) {
      const stat = statOf(sibling.path);
      const size = typeof stat === 'string' ? -1n : stat.size;
      if (size === triedSize) return 'partial';
      const retraceAndTake = async (chunk: Uint8Array): Promise<void> => {
        const old = Math.max(0, Math.min(chunk.length, offset - track.position));
        if (old > 0) track.feed(chunk.subarray(0, old));
        track.settle();
        if (old < chunk.length) await take(track.feed(chunk.subarray(old)));
      };
      const end = await readArchive(sibling.path, track.position, retraceAndTake, isEnough);
      if (end !== 'failed' && !isEnough()) triedSize = size;
      return end;
    },
    record() {
      const settled = track.settled();
      if (from.record !== null && settled.offset < offset) return from.record;
      return { id: from.id, identity: identityOf(sibling.stat), ...settled, lastWriteMs };
    },
  };
}
