/**
 * Cuts a stream of bytes into blocks of whole lines inside one reused buffer. Of a line longer than the buffer only the
 * beginning is kept, and the line is counted as cut. Memory use does not depend on the input.
 */

const NEWLINE = 10;
const NOTHING = new Uint8Array(0);

export class LineBlocks {
  readonly #buffer: Buffer;
  /** Bytes already returned, and all bytes in the buffer. */
  #done = 0;
  #held = 0;
  #skipping = false;
  /** Number of truncated lines. */
  cutLines = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  /** The free part of the buffer, never empty. It invalidates the last block. */
  space(): Uint8Array {
    this.#buffer.copyWithin(0, this.#done, this.#held);
    this.#held -= this.#done;
    this.#done = 0;
    return this.#buffer.subarray(this.#held);
  }

  /** Accepts `length` bytes written to `space()`. Returns the whole lines, possibly none. */
  filled(length: number): Uint8Array {
    if (this.#skipping) this.#skip(length);
    const from = this.#held;
    this.#held += this.#skipping ? 0 : length;
    const last = this.#buffer.subarray(from, this.#held).lastIndexOf(NEWLINE);
    if (last >= 0) return this.#hand(from + last + 1);
    if (this.#held < this.#buffer.length) return NOTHING;
    this.#skipping = true;
    this.cutLines++;
    return this.#hand(this.#held);
  }

  /** Ends the input. Returns the last line if it has no newline. */
  end(): Uint8Array {
    this.space();
    this.#skipping = false;
    return this.#hand(this.#held);
  }

  #hand(end: number): Uint8Array {
    const lines = this.#buffer.subarray(this.#done, end);
    this.#done = end;
    return lines;
  }

  /** Drops the rest of a truncated line. */
  #skip(length: number): void {
    const newline = this.#buffer.subarray(this.#held, this.#held + length).indexOf(NEWLINE);
    if (newline < 0) return;
    this.#skipping = false;
    this.#done = newline + 1;
  }
}
