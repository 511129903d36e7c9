/**
 * Reads what rotation has left of a log, oldest first, compressed or not, once and to the end: for the time before
 * gapwatch was there. The log's own file is the follower's; it is not read here.
 */
import { createReadStream } from 'node:fs';
import { openedOrNull, readArchive } from './follower/archive.ts';
import { identityOf } from './follower/generation.ts';
import { type Sibling, siblingsOf } from './follower/siblings.ts';
import { NOWHERE_ELSE } from './follower/whereabouts.ts';
import type { Deliver } from './source.ts';
import { Splitter } from './splitter.ts';

export interface BackfillProgress {
  readonly path: string;
  /** Bytes delivered of this file, decompressed. */
  readonly bytes: number;
}

async function readSibling(sibling: Sibling, maxLineBytes: number, deliver: Deliver): Promise<number> {
  const splitter = new Splitter(0, maxLineBytes);
  const from = { source: sibling.path, generation: identityOf(sibling.stat) };
  const take = async (chunk: Uint8Array) => {
    for (const piece of splitter.push(chunk)) await deliver({ ...from, ...piece });
  };
  if (sibling.gzip) {
    if ((await readArchive(sibling.path, 0, take)) === 'failed') throw new Error(`${sibling.path} cannot be read`);
  } else {
    const fd = openedOrNull(sibling.path);
    if (fd !== null) for await (const chunk of createReadStream('', { fd }) as AsyncIterable<Buffer>) await take(chunk);
  }
  const half = splitter.flush();
  if (half !== null) await deliver({ ...from, ...half });
  return splitter.position;
}

/** Delivers the rotated generations of `path` last written at or after `sinceMs`; tells each when it is done. */
export async function backfill(
  options: { readonly path: string; readonly sinceMs: number; readonly maxLineBytes: number },
  deliver: Deliver,
  onProgress: (progress: BackfillProgress) => void = () => {},
): Promise<void> {
  const wanted = siblingsOf(options.path, NOWHERE_ELSE).filter(({ stat }) => Number(stat.mtimeMs) >= options.sinceMs);
  for (const sibling of wanted) {
    const bytes = await readSibling(sibling, options.maxLineBytes, deliver);
    onProgress({ path: sibling.path, bytes });
  }
}
