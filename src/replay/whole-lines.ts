/**
 * Reads complete lines of a recorded log in blocks, in bounded memory. Joins entries that a terminal or mail program
 * wrapped.
 */
import type { BundleFile } from './bundle/files.ts';

export type OnProgress = (bytes: number) => void;

const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const TAB = 9;
const ONE_SPACE = Buffer.from(' ');
/** A longer line is skipped up to the next newline, as in the follower. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;

/** The beginning of the rest of a wrapped nginx entry, which never begins a line otherwise. */
const CONTINUES =
  /^(?:[ \t]+"|"(?:https?|fastcgi|uwsgi|scgi|grpcs?):\/\/|[ \t]*(?:while |client: |server: |request: |upstream: |host: |referrer: |\((?:\d{1,3}|SSL): |HTTP\/\d))/;
const FIRST_BYTES: ReadonlySet<number> = new Set(Buffer.from(' \t"wcsruhH('));

/** Blocks that end in a newline. One is added to a last line without it. */
export async function* wholeLines(file: BundleFile, onProgress: OnProgress): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  let givenUp = false;
  for await (const bytes of file.chunks()) {
    onProgress(bytes.length);
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const first = givenUp ? chunk.indexOf(NEWLINE) + 1 : 0;
    if (givenUp && first === 0) continue;
    givenUp = false;
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end > first) {
      const block = chunk.subarray(first, end);
      yield rest.length === 0 ? block : Buffer.concat([rest, block]);
      rest = Buffer.from(chunk.subarray(end));
    } else rest = Buffer.concat([rest, chunk.subarray(first)]);
    givenUp = rest.length > MAX_LINE_BYTES;
    if (givenUp) rest = Buffer.alloc(0);
  }
  if (rest.length > 0) yield Buffer.concat([rest, Buffer.from('\n')]);
}

function continues(block: Buffer, from: number): boolean {
  return FIRST_BYTES.has(block[from] ?? 0) && CONTINUES.test(block.toString('latin1', from, from + 48));
}

/** The block with wrapped entries joined by spaces; the same block when there are none. */
export function unwrapped(block: Buffer): Buffer {
  const parts: Buffer[] = [];
  let start = 0;
  for (let at = block.indexOf(NEWLINE); at >= 0 && at + 1 < block.length; at = block.indexOf(NEWLINE, at + 1)) {
    if (!continues(block, at + 1)) continue;
    let before = at;
    while (before > start && (block[before - 1] === SPACE || block[before - 1] === RETURN)) before--;
    let after = at + 1;
    while (block[after] === SPACE || block[after] === TAB) after++;
    parts.push(block.subarray(start, before), ONE_SPACE);
    start = after;
  }
  return parts.length === 0 ? block : Buffer.concat([...parts, block.subarray(start)]);
}
