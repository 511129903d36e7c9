/** Reads a file (plain or gzip), a pipe or standard input as blocks of whole lines, in memory that does not grow. */
import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { LineBlocks } from './line-blocks.ts';

const BLOCK_BYTES = 256 * 1024;
/** Between two looks at the event loop, so that a signal can end a long read. */
const BLOCKS_PER_TURN = 64;
const GZIP_MAGIC = 0x1f8b;

/** Each block is valid until the next one is asked for. Rejects when the file cannot be read. `onCut`: lines cut. */
export async function* readLines(
  path: string,
  stdin: NodeJS.ReadableStream,
  onCut: (lines: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const blocks = new LineBlocks(BLOCK_BYTES);
  if (path === '-') yield* fromStream(stdin as Readable, blocks);
  else yield* fromFile(path, blocks);
  const rest = blocks.end();
  if (rest.length > 0) yield rest;
  if (blocks.cutLines > 0) onCut(blocks.cutLines);
}

async function* fromFile(path: string, blocks: LineBlocks): AsyncGenerator<Uint8Array, void, undefined> {
  const fd = openSync(path, 'r');
  let streamed = false;
  try {
    const regular = fstatSync(fd).isFile();
    const magic = Buffer.alloc(2);
    const zipped = regular && readSync(fd, magic, 0, 2, 0) === 2 && magic.readUInt16BE() === GZIP_MAGIC;
    if (regular && !zipped) yield* fromDescriptor(fd, blocks);
    else {
      streamed = true;
      const stream = createReadStream(path, { fd, highWaterMark: BLOCK_BYTES, ...(regular ? { start: 0 } : {}) });
      yield* fromStream(zipped ? unzip(stream) : stream, blocks);
    }
  } finally {
    if (!streamed) closeSync(fd);
  }
}

function unzip(stream: Readable): Readable {
  const gunzip = createGunzip({ chunkSize: BLOCK_BYTES });
  stream.on('error', (error) => gunzip.destroy(error));
  return stream.pipe(gunzip);
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

async function* fromStream(stream: Readable, blocks: LineBlocks): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of stream) {
    const bytes: Uint8Array = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    for (let at = 0; at < bytes.length; ) {
      const space = blocks.space();
      const piece = bytes.subarray(at, at + space.length);
      space.set(piece);
      at += piece.length;
      const lines = blocks.filled(piece.length);
      if (lines.length > 0) yield lines;
    }
  }
}
