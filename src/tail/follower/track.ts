/**
 * Tracks the position in one generation of a log: the splitter, the bytes before the position (to detect that they
 * changed), and the digests that find the generation under another name.
 */
import type { Print } from '../cursor.ts';
import { type Piece, Splitter } from '../splitter.ts';
import { HEAD_BYTES, lastBytes, printOf, TAIL_BYTES } from './print.ts';

const NEWLINE = 10;

/** Where to read on. `head` and `tail` are the file's own bytes at its start and before `offset`. */
export interface TrackStart {
  readonly offset: number;
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
}

export const FROM_START: TrackStart = { offset: 0, head: new Uint8Array(0), tail: new Uint8Array(0) };

export class Track {
  readonly splitter: Splitter;
  /** The last bytes before `position`, up to TAIL_BYTES. */
  overlap: Buffer;
  /** The first bytes read, up to HEAD_BYTES. */
  head: Buffer;
  #headPrint: Print | null = null;
  #lineTail: Buffer;
  #settledOffset: number;
  #settledTail: Buffer;

  constructor(start: TrackStart, capBytes: number) {
    this.splitter = new Splitter(start.offset, capBytes);
    this.head = Buffer.from(start.head);
    this.overlap = Buffer.from(start.tail);
    this.#lineTail = this.overlap;
    this.#settledOffset = start.offset;
    this.#settledTail = this.overlap;
  }

  get position(): number {
    return this.splitter.position;
  }

  /** The lines the bytes after `position` complete. Call `settle` once they are delivered. */
  feed(chunk: Uint8Array): Piece[] {
    const missing = HEAD_BYTES - this.head.length;
    if (missing > 0 && this.position === this.head.length)
      this.head = Buffer.concat([this.head, chunk.subarray(0, missing)]);
    const last = chunk.lastIndexOf(NEWLINE);
    if (last >= 0) this.#lineTail = lastBytes(this.overlap, chunk.subarray(0, last + 1), TAIL_BYTES);
    this.overlap = lastBytes(this.overlap, chunk, TAIL_BYTES);
    return this.splitter.push(chunk);
  }

  /** Gives the unfinished line up as it is. */
  flush(): Piece | null {
    this.#lineTail = this.overlap;
    return this.splitter.flush();
  }

  /** Everything given out so far has been delivered. */
  settle(): void {
    this.#settledOffset = this.splitter.lineStart;
    this.#settledTail = this.#lineTail;
  }

  /** What is delivered, and how to recognise it. */
  settled(): { offset: number; head: Print; tail: Print } {
    const length = Math.min(HEAD_BYTES, this.#settledOffset, this.head.length);
    if (this.#headPrint?.length !== length) this.#headPrint = printOf(this.head.subarray(0, length));
    return { offset: this.#settledOffset, head: this.#headPrint, tail: printOf(this.#settledTail) };
  }
}
