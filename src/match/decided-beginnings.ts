/**
 * Remembers how messages begin that were decided early. When the automaton stopped after some bytes, every message
 * with the same beginning comes to the same end, and floods are made of those. A fixed number of short beginnings is
 * kept, so that memory is bounded; forgetting one costs only time.
 */

/** `find` does not know this beginning. */
export const UNDECIDED = -2;

/** Beginnings whose first bytes are the same share a bucket: many messages differ only after `failed (`. */
const BUCKETS = 256;
export const BUCKET_SHIFT = 32 - Math.log2(BUCKETS);
export const WAYS = 16;
const PLACES = BUCKETS * WAYS;
/** Room for a beginning; what is kept is shorter, so that its length is a byte. */
export const MAX_BYTES = 256;
/** This many bytes choose the bucket. Of a shorter message the next line's first ones help: they are nearly always the same. */
const CHOOSING_BYTES = 16;
const WORD = 4;
export const BUCKET_FACTOR = 0x9e3779b1;
/** One in this many is kept: beginnings that come once push out none that come often. */
const KEPT_SHARE = 8;

/**
 * The layout, in bytes. Of each place: the text, the result, the length (0: free), the automaton's start, whether
 * the message ended there.
 */
export const TEXTS = 0;
export const RESULTS = TEXTS + PLACES * MAX_BYTES;
export const LENGTHS = RESULTS + PLACES * WORD;
export const STARTS = LENGTHS + PLACES;
export const WHOLE = STARTS + PLACES;
export const BEGINNINGS_BYTES = WHOLE + PLACES;

export class DecidedBeginnings {
  readonly #bytes: DataView;
  readonly #lengths: Uint8Array;
  readonly #starts: Uint8Array;
  readonly #whole: Uint8Array;
  readonly #results: Int32Array;
  #offered = 0;

  /** They are kept in BEGINNINGS_BYTES of `memory` from `at` on, which are 0. */
  constructor(memory = new ArrayBuffer(BEGINNINGS_BYTES), at = 0) {
    this.#bytes = new DataView(memory, at + TEXTS, PLACES * MAX_BYTES);
    this.#results = new Int32Array(memory, at + RESULTS, PLACES);
    this.#lengths = new Uint8Array(memory, at + LENGTHS, PLACES);
    this.#starts = new Uint8Array(memory, at + STARTS, PLACES);
    this.#whole = new Uint8Array(memory, at + WHOLE, PLACES);
  }

  /** The result that was kept for a message `bytes[from, to)` that begins like this one, or UNDECIDED. */
  find(start: number, bytes: DataView, from: number, to: number): number {
    if (to - from < WORD || from + CHOOSING_BYTES > bytes.byteLength) return UNDECIDED;
    const first = bucketOf(bytes, from) * WAYS;
    for (let place = first; place < first + WAYS; place++) {
      const length = this.#lengths[place] ?? 0;
      if (length === 0) break;
      if (length > to - from || this.#starts[place] !== start) continue;
      if (this.#whole[place] === 1 && length !== to - from) continue;
      if (same(this.#bytes, place * MAX_BYTES, bytes, from, length)) return this.#results[place] ?? UNDECIDED;
    }
    return UNDECIDED;
  }

  /** `length` bytes of the message decided `result`; `whole`: it took the message's end to decide. */
  keep(start: number, bytes: DataView, from: number, length: number, whole: boolean, result: number): void {
    if (length < (whole ? WORD : CHOOSING_BYTES) || length >= MAX_BYTES) return;
    if (from + CHOOSING_BYTES > bytes.byteLength || ++this.#offered % KEPT_SHARE !== 0) return;
    const place = this.#placeFor(bucketOf(bytes, from) * WAYS);
    this.#lengths[place] = length;
    this.#starts[place] = start;
    this.#whole[place] = whole ? 1 : 0;
    this.#results[place] = result;
    for (let i = 0; i < length; i++) this.#bytes.setUint8(place * MAX_BYTES + i, bytes.getUint8(from + i));
  }

  /** A free place of the bucket, else any: who comes often comes back. */
  #placeFor(first: number): number {
    const free = this.#lengths.subarray(first, first + WAYS).indexOf(0);
    return first + (free < 0 ? (this.#offered / KEPT_SHARE) % WAYS : free);
  }
}

/** Word by word, the last one first: neighbours in a bucket begin alike. `length` is at least a word. */
function same(a: DataView, atA: number, b: DataView, atB: number, length: number): boolean {
  const last = length - WORD;
  if (a.getInt32(atA + last, true) !== b.getInt32(atB + last, true)) return false;
  for (let i = 0; i < last; i += WORD) {
    if (a.getInt32(atA + i, true) !== b.getInt32(atB + i, true)) return false;
  }
  return true;
}

function bucketOf(bytes: DataView, at: number): number {
  let mixed = 0;
  for (let i = 0; i < CHOOSING_BYTES; i += WORD) mixed = Math.imul(mixed ^ bytes.getInt32(at + i, true), BUCKET_FACTOR);
  return mixed >>> BUCKET_SHIFT;
}
