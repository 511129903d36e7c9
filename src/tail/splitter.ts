/**
 * Cuts a stream of bytes into whole lines, for any chunks. The cap bounds memory: of a longer line the first `capBytes`
 * are kept and the rest is skipped; the next line is complete.
 */
const NEWLINE = 10;
const SMALLEST_CARRY = 1024;

/** Whole lines, each ending in "\n". `bytes` may be a view of the chunk that was pushed. */
export interface Piece {
  readonly bytes: Uint8Array;
  /** Offset in the stream of the first byte. */
  readonly offset: number;
}

export class Splitter {
  /** Offset of the first byte of the line that is not complete yet. */
  lineStart: number;
  /** Offset of the next byte to push. */
  position: number;
  cappedLines = 0;
  readonly #capBytes: number;
  #carry: Buffer = Buffer.alloc(0);
  #carried = 0;
  #skipped = 0;

  constructor(offset: number, capBytes: number) {
    this.lineStart = offset;
    this.position = offset;
    this.#capBytes = capBytes;
  }

  /** The lines this chunk completes. At most one piece is a copy: the line that began in an earlier chunk. */
  push(chunk: Uint8Array): Piece[] {
    const pieces: Piece[] = [];
    for (let from = 0; from < chunk.length; from += this.#capBytes)
      this.#pushPart(chunk.subarray(from, from + this.#capBytes), pieces);
    return pieces;
  }

  /** Gives out the unfinished line, with a newline of our own, because no more of it will come. */
  flush(): Piece | null {
    if (this.lineStart === this.position) return null;
    const piece = { bytes: this.#completeLine(Buffer.from('\n')), offset: this.lineStart };
    this.lineStart = this.position;
    return piece;
  }

  #pushPart(part: Uint8Array, pieces: Piece[]): void {
    const last = part.lastIndexOf(NEWLINE);
    let from = 0;
    if (last >= 0) {
      if (this.lineStart < this.position) {
        from = part.indexOf(NEWLINE) + 1;
        pieces.push({ bytes: this.#completeLine(part.subarray(0, from)), offset: this.lineStart });
      }
      if (from <= last) pieces.push({ bytes: part.subarray(from, last + 1), offset: this.position + from });
      from = last + 1;
      this.lineStart = this.position + from;
    }
    this.position += part.length;
    if (from < part.length) this.#keep(part.subarray(from));
  }

  #keep(bytes: Uint8Array): void {
    const kept = bytes.subarray(0, this.#capBytes - this.#carried);
    this.#skipped += bytes.length - kept.length;
    const needed = this.#carried + kept.length;
    if (needed > this.#carry.length) {
      const grown = Buffer.allocUnsafe(Math.max(SMALLEST_CARRY, needed, Math.min(needed * 2, this.#capBytes)));
      this.#carry.copy(grown, 0, 0, this.#carried);
      this.#carry = grown;
    }
    this.#carry.set(kept, this.#carried);
    this.#carried = needed;
  }

  /** The carried line and its end (`end` closes with the newline). Hands the carry buffer over when it is large. */
  #completeLine(end: Uint8Array): Uint8Array {
    this.#keep(end.subarray(0, -1));
    if (this.#skipped > 0) this.cappedLines += 1;
    const line = Buffer.allocUnsafe(this.#carried + 1);
    this.#carry.copy(line, 0, 0, this.#carried);
    line[this.#carried] = NEWLINE;
    this.#carry = Buffer.alloc(0);
    this.#carried = 0;
    this.#skipped = 0;
    return line;
  }
}
