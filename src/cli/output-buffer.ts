/** Collects output bytes in one reused buffer, so that a block of matches allocates no memory. */

const FIRST_BYTES = 64 * 1024;
/** A UTF-16 unit never takes more bytes than this in UTF-8. */
const BYTES_PER_UNIT = 3;

export class OutputBuffer {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #used = 0;

  addBytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  addText(text: string): void {
    this.#reserve(text.length * BYTES_PER_UNIT);
    this.#used += this.#bytes.write(text, this.#used);
  }

  addByte(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#used++] = byte;
  }

  /** The bytes added since the last call, valid until the next addition. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#used);
    this.#used = 0;
    return taken;
  }

  #reserve(length: number): void {
    if (this.#used + length <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * (this.#used + length));
    larger.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = larger;
  }
}
