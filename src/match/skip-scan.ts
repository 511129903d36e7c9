/**
 * Passes over everything that cannot match. Every pattern has words that each of its lines must hold; twelve bytes of them
 * are looked for with Wu and Manber's shift table over four-byte words ("A fast algorithm for multi-pattern searching",
 * 1994). The walk is bound by the latency of its loads, so four line-aligned quarters of the input are walked in one
 * loop, which hides most of it.
 */
import { cheapestWindow, type Window } from './common-words.ts';
import type { CompiledPattern } from './compile-catalogue.ts';
import { type Literal, requiredLiterals } from './required-literals.ts';

const NEWLINE = 10;
const LANES = 4;
/** Bytes of a window, and of the words it is looked up by. */
const WINDOW = 12;
const WORD = 4;
const MAX_SHIFT = WINDOW - WORD + 1;
const HASH_BITS = 15;
const PRINT_BITS = 13;
/** Less than this is not worth a lane. */
const MIN_LANE = 2048;
/** Node looks for up to seven bytes with memchr, for more with a loop of its own that takes five times as long. */
const MAX_NEEDLE = 7;
const NONE: readonly number[] = [];

const hash = (word: number): number => Math.imul(word, 0x9e3779b1) >>> (32 - HASH_BITS);
/** Of a whole window: what tells it from other text that ends in the same word. */
const fingerprint = (first: number, middle: number, last: number): number =>
  (Math.imul(first, 0x85ebca6b) ^ Math.imul(middle, 0xc2b2ae35) ^ Math.imul(last, 0x9e3779b1)) >>> (32 - PRINT_BITS);
/** Of the twelve bytes that end in the word at `at`. */
const printAt = (view: DataView, at: number): number =>
  fingerprint(view.getInt32(at - 2 * WORD, true), view.getInt32(at - WORD, true), view.getInt32(at, true));

export class SkipScan {
  readonly #shifts = new Uint8Array(1 << HASH_BITS).fill(MAX_SHIFT);
  /** 1 for fingerprints of windows. */
  readonly #prints = new Uint8Array(1 << PRINT_BITS);
  /** Fingerprint → the windows that have it, three words each. */
  readonly #windows = new Map<number, readonly number[]>();
  /** Words too short for a window, which are looked for one by one. */
  readonly #needles: readonly Buffer[];
  /** Of each lane: the word looked at, and the last word of the lane. */
  readonly #at = new Int32Array(LANES);
  readonly #limits = new Int32Array(LANES);
  #found = new Int32Array(1024);
  #foundCount = 0;

  /** null when some pattern has nothing to look for: then every line must be looked at. */
  static create(patterns: readonly CompiledPattern[]): SkipScan | null {
    const literals = patterns.map(wordsOf);
    return literals.every((set) => set !== null) ? new SkipScan(literals.flat()) : null;
  }

  private constructor(literals: readonly Literal[]) {
    const short = literals.filter(({ length }) => length < WINDOW).map((literal) => literal.slice(0, MAX_NEEDLE));
    this.#needles = [...new Set(short)].map((needle) => Buffer.from(needle, 'latin1'));
    const long = literals.filter(({ length }) => length >= WINDOW);
    for (const window of new Set(long.map((literal) => windowOf(literal).text))) this.#add(window);
  }

  #add(window: string): void {
    const view = new DataView(Uint8Array.from(window, (byte) => byte.charCodeAt(0)).buffer);
    for (let at = 0; at <= WINDOW - WORD; at++) {
      const slot = hash(view.getInt32(at, true));
      this.#shifts[slot] = Math.min(this.#shifts[slot] ?? MAX_SHIFT, WINDOW - WORD - at);
    }
    const [first, middle, last] = [view.getInt32(0, true), view.getInt32(WORD, true), view.getInt32(2 * WORD, true)];
    const print = fingerprint(first, middle, last);
    this.#prints[print] = 1;
    this.#windows.set(print, [...(this.#windows.get(print) ?? []), first, middle, last]);
  }

  /** Offsets, ascending, of a byte in each line that may match; a line may be told twice. Valid until the next call. */
  candidates(bytes: Buffer): Int32Array {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#divide(bytes);
    while (this.#allOpen(bytes)) {
      const lane = walkFour(view, this.#shifts, this.#prints, this.#at, this.#limits);
      if (lane >= 0) this.#look(view, bytes, lane);
    }
    for (let lane = 0; lane < LANES; lane++) {
      while (this.#isOpen(lane)) {
        walkOne(view, this.#shifts, this.#prints, this.#at, this.#limits, lane);
        if (this.#isOpen(lane)) this.#look(view, bytes, lane);
      }
    }
    for (const needle of this.#needles) {
      for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + 1)) this.#note(at);
    }
    return this.#found.subarray(0, this.#foundCount).sort();
  }

  #note(at: number): void {
    if (this.#foundCount === this.#found.length) {
      const larger = new Int32Array(2 * this.#found.length);
      larger.set(this.#found);
      this.#found = larger;
    }
    this.#found[this.#foundCount++] = at;
  }

  #divide(bytes: Buffer): void {
    this.#foundCount = 0;
    let start = 0;
    for (let lane = 0; lane < LANES; lane++) {
      const target = Math.max(start, Math.ceil(((lane + 1) * bytes.length) / LANES));
      const newline = lane === LANES - 1 ? -1 : bytes.indexOf(NEWLINE, target);
      const end = newline < 0 ? bytes.length : newline + 1;
      this.#at[lane] = start + WINDOW - WORD;
      this.#limits[lane] = end - WORD;
      start = end;
    }
  }

  #isOpen(lane: number): boolean {
    return (this.#at[lane] ?? 0) <= (this.#limits[lane] ?? 0);
  }

  /** A lane that is through takes half of what the slowest one has left, as long as that is worth it. */
  #allOpen(bytes: Buffer): boolean {
    for (let lane = 0; lane < LANES; lane++) if (!this.#isOpen(lane) && !this.#takeOver(bytes, lane)) return false;
    return true;
  }

  #takeOver(bytes: Buffer, lane: number): boolean {
    const left = (of: number) => (this.#limits[of] ?? 0) - (this.#at[of] ?? 0);
    let slowest = 0;
    for (let other = 1; other < LANES; other++) if (left(other) > left(slowest)) slowest = other;
    const limit = this.#limits[slowest] ?? 0;
    const newline = bytes.indexOf(NEWLINE, limit - (left(slowest) >> 1));
    if (left(slowest) < MIN_LANE || newline < 0 || newline > limit - MIN_LANE / 4) return false;
    this.#at[lane] = newline + 1 + WINDOW - WORD;
    this.#limits[lane] = limit;
    this.#limits[slowest] = newline + 1 - WORD;
    return true;
  }

  /** Where a lane stopped: notes the line when a window ends there, and goes on behind the line, else behind the word. */
  #look(view: DataView, bytes: Buffer, lane: number): void {
    const at = this.#at[lane] ?? 0;
    if (!this.#isWindow(view, at)) {
      this.#at[lane] = at + 1;
      return;
    }
    this.#note(at);
    const newline = bytes.indexOf(NEWLINE, at);
    this.#at[lane] = (newline < 0 ? bytes.length : newline + 1) + WINDOW - WORD;
  }

  #isWindow(view: DataView, at: number): boolean {
    const last = view.getInt32(at, true);
    const middle = view.getInt32(at - WORD, true);
    const first = view.getInt32(at - 2 * WORD, true);
    const windows = this.#windows.get(fingerprint(first, middle, last)) ?? NONE;
    for (let i = 0; i < windows.length; i += 3) {
      if (windows[i + 2] === last && windows[i + 1] === middle && windows[i] === first) return true;
    }
    return false;
  }
}

/** The words of a pattern, or the level that its lines must name. */
function wordsOf({ pattern, tree }: CompiledPattern): readonly Literal[] | null {
  const words = requiredLiterals(tree, WINDOW, cost);
  if (words !== null || pattern.bare || pattern.levels === undefined) return words;
  return pattern.levels.map((level) => `[${level}] `);
}

/** What looking for one window of each literal costs. */
function cost(literals: readonly Literal[]): number {
  const costs = new Map<string, number>();
  for (const window of literals.map(windowOf)) costs.set(window.text, window.cost);
  return [...costs.values()].reduce((sum, one) => sum + one, 0);
}

/** Asked again and again for the same literals while a catalogue is compiled. */
const windows = new Map<Literal, Window>();

function windowOf(literal: Literal): Window {
  let window = windows.get(literal);
  if (window === undefined) {
    window = cheapestWindow(literal, WINDOW);
    windows.set(literal, window);
  }
  return window;
}

/**
 * Moves all four lanes until one stands on the last word of what looks like a window (answers which), or is through
 * (-1). Holds no calls: see automaton.ts.
 */
function walkFour(view: DataView, shifts: Uint8Array, prints: Uint8Array, at: Int32Array, limits: Int32Array): number {
  let a = at[0] ?? 0;
  let b = at[1] ?? 0;
  let c = at[2] ?? 0;
  let d = at[3] ?? 0;
  const endA = limits[0] ?? 0;
  const endB = limits[1] ?? 0;
  const endC = limits[2] ?? 0;
  const endD = limits[3] ?? 0;
  let lane = -1;
  while (lane < 0) {
    const left = Math.min(endA - a, endB - b, endC - c, endD - d);
    if (left < 0) break;
    // So many steps take no lane past its end, so that the loop below need not ask.
    for (let steps = Math.floor(left / MAX_SHIFT) + 1; steps > 0; steps--) {
      const stepA = shifts[hash(view.getInt32(a, true))] ?? 0;
      const stepB = shifts[hash(view.getInt32(b, true))] ?? 0;
      const stepC = shifts[hash(view.getInt32(c, true))] ?? 0;
      const stepD = shifts[hash(view.getInt32(d, true))] ?? 0;
      if (stepA === 0) {
        if (prints[printAt(view, a)] === 1) {
          lane = 0;
          break;
        }
        a++;
      }
      if (stepB === 0) {
        if (prints[printAt(view, b)] === 1) {
          lane = 1;
          break;
        }
        b++;
      }
      if (stepC === 0) {
        if (prints[printAt(view, c)] === 1) {
          lane = 2;
          break;
        }
        c++;
      }
      if (stepD === 0) {
        if (prints[printAt(view, d)] === 1) {
          lane = 3;
          break;
        }
        d++;
      }
      a += stepA;
      b += stepB;
      c += stepC;
      d += stepD;
    }
  }
  at[0] = a;
  at[1] = b;
  at[2] = c;
  at[3] = d;
  return lane;
}

function walkOne(
  view: DataView,
  shifts: Uint8Array,
  prints: Uint8Array,
  at: Int32Array,
  limits: Int32Array,
  lane: number,
): void {
  let place = at[lane] ?? 0;
  const end = limits[lane] ?? 0;
  while (place <= end) {
    const step = shifts[hash(view.getInt32(place, true))] ?? 0;
    if (step === 0 && prints[printAt(view, place)] === 1) break;
    place += step || 1;
  }
  at[lane] = place;
}
