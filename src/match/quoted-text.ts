/**
 * Tells lines that stand inside a quotation of the line before. nginx writes a path as it was decoded and what a FastCGI
 * backend says as it came, line breaks included: `GET /%0a…` puts a whole line of a client's choice into the log. nginx
 * itself never ends a line inside quotes, except where it cuts one. A client that closes the quote before its line break
 * and imitates the rest is not noticed here; it still does not know the pid.
 */

const NEWLINE = 10;
const QUOTE = 34;
/** Stands behind whatever a request made nginx quote. */
const CONTEXT = ', client: ';
/** NGX_MAX_ERROR_STR: nginx writes no more at once, and a line of this length may have been cut inside quotes. */
const WRITE_BYTES = 2048;
const CUT_FROM_BYTES = 2000;

export class QuotedText {
  #bytes: Buffer = Buffer.alloc(0);
  /** Start of the next line to look at. */
  #at = 0;
  /** Offset at which the open quotation began; -1 when none is open. */
  #openedAt = -1;

  /** The lines to be asked about, in order. */
  begin(bytes: Uint8Array): void {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = 0;
    this.#openedAt = -1;
  }

  /** Whether the line that begins at `start` is inside a quotation. Looks at each byte once, and only near asked lines. */
  holds(start: number): boolean {
    if (start - this.#at > WRITE_BYTES) {
      this.#at = this.#bytes.indexOf(NEWLINE, start - WRITE_BYTES) + 1;
      this.#openedAt = -1;
    }
    while (this.#at < start) this.#passLine();
    return this.#openedAt >= 0 && start - this.#openedAt <= WRITE_BYTES;
  }

  #passLine(): void {
    const bytes = this.#bytes;
    const from = this.#at;
    const newline = bytes.indexOf(NEWLINE, from);
    const end = newline < 0 ? bytes.length : newline;
    this.#at = end + 1;
    const isOdd = hasOddQuotes(bytes, from, end);
    if (this.#openedAt >= 0 && from - this.#openedAt <= WRITE_BYTES) {
      // By its context too: with one more mark in its path a client would hide the lines that follow.
      if (isOdd || bytes.subarray(from, end).includes(CONTEXT)) this.#openedAt = -1;
    } else {
      // A quotation mark in a request makes quotes odd too, but then the line ends with one.
      const isOpen = isOdd && bytes[end - 1] !== QUOTE && end - from < CUT_FROM_BYTES;
      this.#openedAt = isOpen ? from : -1;
    }
  }
}

function hasOddQuotes(bytes: Uint8Array, from: number, end: number): boolean {
  let odd = false;
  for (let at = from; at < end; at++) if (bytes[at] === QUOTE) odd = !odd;
  return odd;
}
