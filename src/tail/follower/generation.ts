/**
 * Reads one generation of a log by descriptor, under any name, also after it was deleted. Each read starts before the
 * position and reads the head again: when those bytes changed, the file was truncated or rewritten in place.
 */
import { type BigIntStats, closeSync, fstatSync, readlinkSync, readSync } from 'node:fs';
import type { OpenedFile } from '../../files/read-file.ts';
import type { GenerationRecord } from '../cursor.ts';
import type { Piece } from '../splitter.ts';
import { HEAD_BYTES, printOf, samePrint, TAIL_BYTES } from './print.ts';
import { FROM_START, Track } from './track.ts';

/** Bytes a read buffer must have: one chunk and the overlap. */
export const READ_BUFFER_BYTES = 256 * 1024 + TAIL_BYTES;
/** How far back a start at the end looks for the start of the line that is being written. */
const LINE_START_BYTES = 64 * 1024;
const NEWLINE = 10;

/** `failed`: the system refused (EIO, ESTALE); the next read may succeed. */
export type Read =
  | { readonly kind: 'lines'; readonly pieces: readonly Piece[]; readonly bytes: number; readonly more: boolean }
  | { readonly kind: 'end' }
  | { readonly kind: 'rewritten' }
  | { readonly kind: 'failed'; readonly error: Error };

/** `dev:ino`: unique as long as the file is held open. */
export function inodeOf(stat: BigIntStats): string {
  return `${stat.dev}:${stat.ino}`;
}

/** `dev:ino:birthtime`: distinguishes a reused inode on file systems with birth times. */
export function identityOf(stat: BigIntStats): string {
  return `${inodeOf(stat)}:${stat.birthtimeNs}`;
}

function statOfDescriptor(fd: number): BigIntStats | null {
  try {
    return fstatSync(fd, { bigint: true });
  } catch {
    return null;
  }
}

/** Reads `length` bytes at `position`, fewer only at the end of the file. */
function readAt(fd: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(fd, bytes, 0, length, position));
}

/** Whether this file holds, at the same offsets, what the record says was delivered. An empty record fits by identity only. */
export function holdsRecord(file: OpenedFile, record: GenerationRecord): boolean {
  if (record.head.length === 0 || record.tail.length === 0) return identityOf(file.stat) === record.identity;
  if (Number(file.stat.size) < record.offset) return false;
  const { head, tail, offset } = record;
  return (
    samePrint(printOf(readAt(file.fd, 0, head.length)), head) &&
    samePrint(printOf(readAt(file.fd, offset - tail.length, tail.length)), tail)
  );
}

/** Whether this file is a copy of the beginning of what the record says was delivered. */
export function holdsStartOf(file: OpenedFile, record: GenerationRecord): boolean {
  const { head, offset } = record;
  const size = Number(file.stat.size);
  if (head.length === 0 || size >= offset || size < head.length) return false;
  return samePrint(printOf(readAt(file.fd, 0, head.length)), head);
}

/** The offset at which the last line of the file starts when it is unfinished; else its end. */
function lastLineStart(fd: number, size: number): number {
  const from = Math.max(0, size - LINE_START_BYTES);
  const newline = readAt(fd, from, size - from).lastIndexOf(NEWLINE);
  if (newline >= 0) return from + newline + 1;
  return from === 0 ? 0 : size;
}

/** Where to read on: where the record stopped, or at the start of the line that it stopped in. */
export function startOffset(file: OpenedFile, { head, offset }: GenerationRecord): number {
  if (head.length > 0 || offset === 0) return offset;
  return lastLineStart(file.fd, Math.min(offset, Number(file.stat.size)));
}

/** Takes over the open file, and closes it when it cannot be read. */
export function startGeneration(...[file, ...rest]: ConstructorParameters<typeof Generation>): Generation {
  try {
    return new Generation(file, ...rest);
  } catch (error) {
    closeSync(file.fd);
    throw error;
  }
}

export class Generation {
  readonly id: string;
  readonly inode: string;
  readonly identity: string;
  readonly fd: number;
  readonly track: Track;
  /** Ticker time of the last new byte. */
  grewAtMs: number;
  /** Size and modification time noted before the last read: an unchanged file needs no read. */
  #readSize = -1n;
  #readMtimeNs = -1n;
  #lastWriteMs: number;

  constructor(file: OpenedFile, id: string, offset: number, options: { capBytes: number; nowMs: number }) {
    this.id = id;
    this.inode = inodeOf(file.stat);
    this.identity = identityOf(file.stat);
    this.fd = file.fd;
    this.grewAtMs = options.nowMs;
    this.#lastWriteMs = Number(file.stat.mtimeMs);
    const start = {
      offset,
      head: readAt(file.fd, 0, Math.min(HEAD_BYTES, offset)),
      tail: readAt(file.fd, Math.max(0, offset - TAIL_BYTES), Math.min(TAIL_BYTES, offset)),
    };
    this.track = new Track(offset === 0 ? FROM_START : start, options.capBytes);
  }

  /** True when the file is as it was when it was last noted; `seen` is its state if that is known already. */
  isUnchanged(seen: BigIntStats | null): boolean {
    const stat = seen ?? statOfDescriptor(this.fd);
    return stat !== null && stat.size === this.#readSize && stat.mtimeNs === this.#readMtimeNs;
  }

  /** Before a read: what the file is like now. */
  note(seen: BigIntStats | null): void {
    const stat = seen ?? statOfDescriptor(this.fd);
    if (stat === null) return;
    this.#readSize = stat.size;
    this.#readMtimeNs = stat.mtimeNs;
    this.#lastWriteMs = Number(stat.mtimeMs);
  }

  /** Bytes the file was seen to have and that were not read. */
  get unreadBytes(): number {
    return Math.max(0, Number(this.#readSize) - this.track.position);
  }

  /** Reads the next chunk into `buffer` (READ_BUFFER_BYTES long); the pieces are views of it. */
  read(buffer: Buffer, nowMs: number): Read {
    const { overlap, head, position } = this.track;
    let got: number;
    let isSameHead: boolean;
    try {
      got = readSync(this.fd, buffer, 0, buffer.length, position - overlap.length);
      isSameHead = readAt(this.fd, 0, head.length).equals(head);
    } catch (error) {
      this.#readSize = -1n;
      return { kind: 'failed', error: error as Error };
    }
    const isSameBefore = got >= overlap.length && overlap.compare(buffer, 0, overlap.length) === 0;
    if (!isSameHead || !isSameBefore) return { kind: 'rewritten' };
    if (got === overlap.length) return { kind: 'end' };
    this.grewAtMs = nowMs;
    const pieces = this.track.feed(buffer.subarray(overlap.length, got));
    return { kind: 'lines', pieces, bytes: got - overlap.length, more: got === buffer.length };
  }

  /** Whether `file` is a copy of this generation, or of its beginning. */
  isCopiedIn(file: OpenedFile): boolean {
    const length = Math.min(Number(file.stat.size), this.track.position);
    if (length === 0) return false;
    const same = (at: number, count: number) => readAt(this.fd, at, count).equals(readAt(file.fd, at, count));
    const tail = Math.min(TAIL_BYTES, length);
    return same(0, Math.min(HEAD_BYTES, length)) && same(length - tail, tail);
  }

  record(): GenerationRecord {
    return { id: this.id, identity: this.identity, ...this.track.settled(), lastWriteMs: this.#lastWriteMs };
  }

  /** Where the file is now, by the kernel's book; null when it has no name left or there is no /proc. */
  currentPath(): string | null {
    try {
      const path = readlinkSync(`/proc/self/fd/${this.fd}`);
      return path.endsWith(' (deleted)') ? null : path;
    } catch {
      return null;
    }
  }

  close(): void {
    closeSync(this.fd);
  }
}
