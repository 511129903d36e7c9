/**
 * Passes over everything that cannot match. Every pattern has words that each of its lines must hold; eight bytes of them
 * are looked for with Wu and Manber's shift table over four-byte words ("A fast algorithm for multi-pattern searching",
 * 1994). The walk is bound by the latency of its loads, so four line-aligned quarters of the input are walked in one
 * loop, which hides most of it.
 */
import { commonness } from './common-words.ts';
import type { CompiledPattern } from './compile-catalogue.ts';
import { type Literal, requiredLiterals } from './required-literals.ts';

const NEWLINE = 10;
const LANES = 4;
/** Bytes of a window, and of the words it is looked up by. */
const WINDOW = 8;
const WORD = 4;
const MAX_SHIFT = WINDOW - WORD + 1;
const HASH_BITS = 15;
const encoder = new TextEncoder();

const hash = (word: number): number => Math.imul(word, 0x9e3779b1) >>> (32 - HASH_BITS);

export class SkipScan {
  readonly #shifts = new Uint8Array(1 << HASH_BITS).fill(MAX_SHIFT);
  /** Hash of a window's last word → the windows that end in it, as pairs of words. */
  readonly #windows = new Map<number, readonly number[]>();
  /** Of each lane: the word looked at, and the last word of the lane. */
  readonly #at = new Int32Array(LANES);
  readonly #limits = new Int32Array(LANES);
  readonly #found: readonly number[][] = Array.from({ length: LANES }, () => []);

  /** null when some pattern has no word to look for: then every line must be looked at. */
  static create(patterns: readonly CompiledPattern[]): SkipScan | null {
    const literals = patterns.map(literalsOf);
    return literals.every((set) => set !== null) ? new SkipScan(literals.flat()) : null;
  }

  private constructor(literals: readonly Literal[]) {
    for (const literal of literals) this.#add(rarestWindow(literal));
  }

  #add(window: Literal): void {
    const view = new DataView(Uint8Array.from(window).buffer);
    for (let at = 0; at <= WINDOW - WORD; at++) {
      const slot = hash(view.getInt32(at, true));
      this.#shifts[slot] = Math.min(this.#shifts[slot] ?? MAX_SHIFT, WINDOW - WORD - at);
    }
    const slot = hash(view.getInt32(WORD, true));
    const known = this.#windows.get(slot) ?? [];
    this.#windows.set(slot, [...known, view.getInt32(0, true), view.getInt32(WORD, true)]);
  }

  /** Lists of offsets, ascending: one byte of each line that may match. Valid until the next call. */
  candidates(bytes: Uint8Array): readonly (readonly number[])[] {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#divide(bytes);
    while (this.#allOpen()) {
      walkFour(view, this.#shifts, this.#at, this.#limits);
      for (let lane = 0; lane < LANES; lane++) this.#look(view, bytes, lane);
    }
    for (let lane = 0; lane < LANES; lane++) {
      while (this.#isOpen(lane)) {
        walkOne(view, this.#shifts, this.#at, this.#limits, lane);
        this.#look(view, bytes, lane);
      }
    }
    return this.#found;
  }

  #divide(bytes: Uint8Array): void {
    let start = 0;
    for (let lane = 0; lane < LANES; lane++) {
      const target = Math.max(start, Math.ceil(((lane + 1) * bytes.length) / LANES));
      const newline = lane === LANES - 1 ? -1 : bytes.indexOf(NEWLINE, target);
      const end = newline < 0 ? bytes.length : newline + 1;
      this.#at[lane] = start + WINDOW - WORD;
      this.#limits[lane] = end - WORD;
      this.#found[lane]?.splice(0);
      start = end;
    }
  }

  #isOpen(lane: number): boolean {
    return (this.#at[lane] ?? 0) <= (this.#limits[lane] ?? 0);
  }

  #allOpen(): boolean {
    return this.#isOpen(0) && this.#isOpen(1) && this.#isOpen(2) && this.#isOpen(3);
  }

  /** Where a lane stopped: notes the line when a window ends there, and goes on behind the line, else behind the word. */
  #look(view: DataView, bytes: Uint8Array, lane: number): void {
    const at = this.#at[lane] ?? 0;
    if (!this.#isOpen(lane) || this.#shifts[hash(view.getInt32(at, true))] !== 0) return;
    if (!this.#isWindow(view.getInt32(at - WORD, true), view.getInt32(at, true))) {
      this.#at[lane] = at + 1;
      return;
    }
    this.#found[lane]?.push(at);
    const newline = bytes.indexOf(NEWLINE, at);
    this.#at[lane] = (newline < 0 ? bytes.length : newline + 1) + WINDOW - WORD;
  }

  #isWindow(first: number, last: number): boolean {
    const windows = this.#windows.get(hash(last)) ?? [];
    for (let i = 0; i < windows.length; i += 2) if (windows[i] === first && windows[i + 1] === last) return true;
    return false;
  }
}

/** The words of a pattern, or of the head that its lines must have. */
function literalsOf({ pattern, tree }: CompiledPattern): readonly Literal[] | null {
  const levels = pattern.bare ? [] : (pattern.levels ?? []);
  const heads = levels.map((level) => [...encoder.encode(`[${level}] `)]).filter((head) => head.length >= WINDOW);
  const words = requiredLiterals(tree, WINDOW, badness);
  return words ?? (heads.length > 0 && heads.length === levels.length ? heads : null);
}

/** How often the windows that would be looked for occur in ordinary logs. */
function badness(literals: readonly Literal[]): number {
  const windows = new Map(literals.map(rarestWindow).map((window) => [window.join(), window]));
  return [...windows.values()].reduce((sum, window) => sum + commonness(window), 0);
}

function rarestWindow(literal: Literal): Literal {
  const windows = Array.from({ length: literal.length - WINDOW + 1 }, (_, at) => literal.slice(at, at + WINDOW));
  return windows.reduce((best, window) => (commonness(window) < commonness(best) ? window : best));
}

/** Moves all four lanes until one stands on the last word of a window, or is through. Holds no calls: see automaton.ts. */
function walkFour(view: DataView, shifts: Uint8Array, at: Int32Array, limits: Int32Array): void {
  let [a = 0, b = 0, c = 0, d = 0] = at;
  const [endA = 0, endB = 0, endC = 0, endD = 0] = limits;
  while (a <= endA && b <= endB && c <= endC && d <= endD) {
    const stepA = shifts[Math.imul(view.getInt32(a, true), 0x9e3779b1) >>> 17] ?? 0;
    const stepB = shifts[Math.imul(view.getInt32(b, true), 0x9e3779b1) >>> 17] ?? 0;
    const stepC = shifts[Math.imul(view.getInt32(c, true), 0x9e3779b1) >>> 17] ?? 0;
    const stepD = shifts[Math.imul(view.getInt32(d, true), 0x9e3779b1) >>> 17] ?? 0;
    if (stepA === 0 || stepB === 0 || stepC === 0 || stepD === 0) break;
    a += stepA;
    b += stepB;
    c += stepC;
    d += stepD;
  }
  at[0] = a;
  at[1] = b;
  at[2] = c;
  at[3] = d;
}

function walkOne(view: DataView, shifts: Uint8Array, at: Int32Array, limits: Int32Array, lane: number): void {
  let place = at[lane] ?? 0;
  const end = limits[lane] ?? 0;
  while (place <= end) {
    const step = shifts[Math.imul(view.getInt32(place, true), 0x9e3779b1) >>> 17] ?? 0;
    if (step === 0) break;
    place += step;
  }
  at[lane] = place;
}
