/**
 * Remembers how messages begin that were decided early. When the automaton stopped after so many bytes, every message
 * with the same beginning comes to the same end, and floods are made of those. A fixed number of short beginnings is
 * kept, so that memory is bounded; forgetting one costs only time.
 */

/** `find` does not know this beginning. */
export const UNDECIDED = -2;

const PLACES = 512;
const PLACE_SHIFT = 32 - Math.log2(PLACES);
const MAX_BYTES = 96;
/** So many bytes choose the place. */
const MIN_BYTES = 16;
/** One in so many is kept: beginnings that come once push out none that come often. */
const KEPT_SHARE = 8;

export class DecidedBeginnings {
  readonly #bytes = new Uint8Array(PLACES * MAX_BYTES);
  /** Of each place: bytes of the beginning (0: free), the automaton's start, whether the message ended there. */
  readonly #lengths = new Uint8Array(PLACES);
  readonly #starts = new Uint8Array(PLACES);
  readonly #whole = new Uint8Array(PLACES);
  readonly #results = new Int32Array(PLACES);
  #offered = 0;

  /** The result that was kept for a message `bytes[from, to)` that begins like this one, or UNDECIDED. */
  find(start: number, bytes: Uint8Array, from: number, to: number): number {
    if (to - from < MIN_BYTES) return UNDECIDED;
    const place = placeOf(bytes, from);
    const length = this.#lengths[place] ?? 0;
    if (length === 0 || length > to - from || this.#starts[place] !== start) return UNDECIDED;
    if (this.#whole[place] === 1 && length !== to - from) return UNDECIDED;
    return same(this.#bytes, place * MAX_BYTES, bytes, from, length) ? (this.#results[place] ?? UNDECIDED) : UNDECIDED;
  }

  /** `length` bytes of the message decided `result`; `whole`: it took the message's end to decide. */
  keep(start: number, bytes: Uint8Array, from: number, length: number, whole: boolean, result: number): void {
    if (length < MIN_BYTES || length > MAX_BYTES || ++this.#offered % KEPT_SHARE !== 0) return;
    const place = placeOf(bytes, from);
    this.#lengths[place] = length;
    this.#starts[place] = start;
    this.#whole[place] = whole ? 1 : 0;
    this.#results[place] = result;
    this.#bytes.set(bytes.subarray(from, from + length), place * MAX_BYTES);
  }
}

function same(a: Uint8Array, atA: number, b: Uint8Array, atB: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[atA + i] !== b[atB + i]) return false;
  return true;
}

function placeOf(bytes: Uint8Array, at: number): number {
  let mixed = 0;
  for (let i = 0; i < MIN_BYTES; i += 4) {
    const low = (bytes[at + i] ?? 0) | ((bytes[at + i + 1] ?? 0) << 8);
    const high = ((bytes[at + i + 2] ?? 0) << 16) | ((bytes[at + i + 3] ?? 0) << 24);
    mixed = Math.imul(mixed ^ low ^ high, 0x9e3779b1);
  }
  return mixed >>> PLACE_SHIFT;
}
