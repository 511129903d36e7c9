/**
 * Cuts a stream of bytes into blocks of whole lines inside one reused buffer. Of a line longer than the buffer only the
 * beginning is kept, and the line is counted as cut. Memory use does not depend on the input.
 */

const NEWLINE = 10;
const NOTHING = new Uint8Array(0);

export class LineBlocks {
  readonly #buffer: Buffer;
  /** Bytes handed out, to be dropped; bytes held in all. */
  #done = 0;
  #held = 0;
  #skipping = false;
  /** Lines that did not fit and were cut. */
  cutLines = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  /** Where the next bytes go; never empty. Ends the life of the last block. */
  space(): Uint8Array {
    this.#buffer.copyWithin(0, this.#done, this.#held);
    this.#held -= this.#done;
    this.#done = 0;
    return this.#buffer.subarray(this.#held);
  }

  /** `length` bytes were written to `space()`: the whole lines there are now, perhaps none. */
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

  /** No more bytes come: the last line, when it has no newline. */
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

  /** Drops what belongs to the line that was cut. */
  #skip(length: number): void {
    const newline = this.#buffer.subarray(this.#held, this.#held + length).indexOf(NEWLINE);
    if (newline < 0) return;
    this.#skipping = false;
    this.#done = newline + 1;
  }
}
