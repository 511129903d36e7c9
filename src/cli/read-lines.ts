/** Reads a file (plain or gzip), a pipe or standard input as blocks of whole lines. Memory use is constant. */
import { closeSync, fstatSync, openSync, read, readSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { GapwatchError } from '../core/errors.ts';
import type { Io } from './io.ts';
import { LineBlocks } from './line-blocks.ts';

/** Bytes read before control returns to the event loop, so that a signal can end a long read. */
const BLOCKS_PER_TURN = 64;
const GZIP_MAGIC = 0x1f8b;
/** The pipe is non-blocking and empty. */
const EMPTY_PIPE_MS = 10;

const readAsync = promisify(read);

/** A damaged archive of which the beginning was read. `isComplete`: nothing of the log is missing. */
export class BrokenEnd extends Error {
  readonly isComplete: boolean;

  constructor(message: string, isComplete: boolean) {
    super(message);
    this.isComplete = isComplete;
  }
}

/**
 * Each block is a part of `buffer` and is valid until the next block is requested. Rejects when the file cannot be read,
 * and with BrokenEnd after the last block of a damaged archive. `onCut` gets the number of cut lines.
 */
export async function* readLines(
  path: string,
  { stdin, stopped }: Pick<Io, 'stdin' | 'stopped'>,
  buffer: Buffer,
  onCut: (lines: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const blocks = new LineBlocks(buffer);
  if (path !== '-') yield* fromFile(path, blocks, stopped);
  else if ('fd' in stdin && typeof stdin.fd === 'number') yield* fromPipe(stdin.fd, blocks, stopped);
  else yield* fromStream(stdin as Readable, blocks);
  const rest = blocks.end();
  if (rest.length > 0) yield rest;
  if (blocks.cutLines > 0) onCut(blocks.cutLines);
}

async function* fromFile(
  path: string,
  blocks: LineBlocks,
  stopped: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const fd = openSync(path, 'r');
  try {
    const regular = fstatSync(fd).isFile();
    const magic = Buffer.alloc(2);
    if (!regular) yield* fromPipe(fd, blocks, stopped);
    else if (readSync(fd, magic, 0, 2, 0) === 2 && magic.readUInt16BE() === GZIP_MAGIC) {
      yield* fromGzip(fd, blocks);
    } else yield* fromDescriptor(fd, blocks);
  } finally {
    closeSync(fd);
  }
}

async function* fromGzip(fd: number, blocks: LineBlocks): AsyncGenerator<Uint8Array, void, undefined> {
  // Loaded on demand: most logs are plain, and start-up takes much of a short run.
  const { gunzipped } = await import('./gunzipped.ts');
  const pieces = gunzipped(fd);
  let next = await pieces.next();
  for (; next.done !== true; next = await pieces.next()) yield* fill(blocks, next.value);
  if (next.value === 'whole') return;
  yield blocks.end();
  if (next.value === 'garbage') throw new BrokenEnd('other bytes follow the end of the archive', true);
  throw new BrokenEnd(next.value.message, false);
}

async function* fromDescriptor(fd: number, blocks: LineBlocks): AsyncGenerator<Uint8Array, void, undefined> {
  for (let turn = 1; ; turn++) {
    const space = blocks.space();
    const length = readSync(fd, space, 0, space.length, null);
    if (length === 0) return;
    const lines = blocks.filled(length);
    if (lines.length > 0) yield lines;
    if (turn % BLOCKS_PER_TURN === 0) await setImmediate();
  }
}

/** Reads pipes and terminals directly into the buffer: the chunks of a stream would use megabytes until collected. */
async function* fromPipe(
  fd: number,
  blocks: LineBlocks,
  stopped: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let first = true; !stopped.aborted; ) {
    const space = blocks.space();
    const length = await readAsync(fd, space, 0, space.length, null).then(
      ({ bytesRead }) => bytesRead,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EAGAIN') return null;
        if (error.code === 'EOF') return 0;
        throw error;
      },
    );
    if (length === 0) return;
    if (length === null) await setTimeout(EMPTY_PIPE_MS);
    else {
      if (first && length > 1 && space[0] === GZIP_MAGIC >> 8 && space[1] === (GZIP_MAGIC & 0xff)) throw zipped();
      first = false;
      const lines = blocks.filled(length);
      if (lines.length > 0) yield lines;
    }
  }
}

/** Refuses gzip on standard input: no line would match, and the result would look like a log without trouble. */
function zipped(): GapwatchError {
  return new GapwatchError('USAGE', 'standard input is gzip', {
    hint: 'Name the file, or decompress it: zcat FILE | gapwatch match',
  });
}

async function* fromStream(stream: Readable, blocks: LineBlocks): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of stream) yield* fill(blocks, typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
}

function* fill(blocks: LineBlocks, bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; ) {
    const space = blocks.space();
    const piece = bytes.subarray(at, at + space.length);
    space.set(piece);
    at += piece.length;
    const lines = blocks.filled(piece.length);
    if (lines.length > 0) yield lines;
  }
}
