/**
 * Passes over everything that cannot match. Every pattern has words that each of its lines must hold; twelve bytes of them
 * are looked for with Wu and Manber's shift table over four-byte words ("A fast algorithm for multi-pattern searching",
 * 1994). The walk itself is skip-walk.ts.
 */

import type { CompiledPattern } from '../compile-catalogue.ts';
import { cheapestWindow, type Window } from './common-words.ts';
import { NeedleSearch } from './needle-search.ts';
import { type Literal, requiredLiterals } from './required-literals.ts';
import type { ScanMemory } from './scan-memory.ts';
import { LANES, LAST_WORD, SkipWalk, WINDOW } from './skip-walk.ts';

const NEWLINE = 10;
/** Less than this is not worth a lane. */
const MIN_LANE = 2048;
/** Node looks for up to seven bytes with memchr, for more with a loop that takes five times as long. */
const MAX_NEEDLE = 7;

export class SkipScan {
  readonly #memory: ScanMemory;
  readonly #walk: SkipWalk;
  /** Words too short for a window, which are looked for one by one, by `#search` or by Node. */
  readonly #needles: readonly Buffer[];
  readonly #search: NeedleSearch | null;
  #found = new Int32Array(1024);
  #foundCount = 0;

  /** null when some pattern has nothing to look for, or all have too much: then every line must be looked at. */
  static create(patterns: readonly CompiledPattern[], memory: ScanMemory): SkipScan | null {
    const sets = patterns.map(wordsOf);
    if (!sets.every((set) => set !== null)) return null;
    const literals = sets.flat();
    const windows = new Set(literals.filter(({ length }) => length >= WINDOW).map((literal) => windowOf(literal).text));
    const walk = new SkipWalk(memory);
    return [...windows].every((window) => walk.add(window)) ? new SkipScan(literals, memory, walk) : null;
  }

  private constructor(literals: readonly Literal[], memory: ScanMemory, walk: SkipWalk) {
    this.#memory = memory;
    this.#walk = walk;
    const short = literals.filter(({ length }) => length < WINDOW).map((literal) => literal.slice(0, MAX_NEEDLE));
    this.#needles = [...new Set(short)].map((needle) => Buffer.from(needle, 'latin1'));
    this.#search = NeedleSearch.create(memory);
  }

  /** Offsets, ascending, of a byte in each line that may match; a line may occur twice. Valid until the next call. */
  candidates(bytes: Buffer): Int32Array {
    this.#foundCount = 0;
    const { copied } = this.#memory;
    if (this.#memory.holds(bytes)) this.#walkText(bytes, 0);
    else {
      // A window may stand across the end of a piece.
      for (let from = 0; from < bytes.length; from += copied.length - WINDOW + 1) {
        this.#walkText(copied.subarray(0, bytes.copy(copied, 0, from)), from);
      }
    }
    return this.#found.subarray(0, this.#foundCount).sort();
  }

  /** `from`: where this text begins in the bytes it was copied from. */
  #walkText(text: Buffer, from: number): void {
    this.#divide(text);
    while (this.#allOpen(text)) this.#noteFound(this.#walk.all(text), from);
    for (let lane = 0; lane < LANES; lane++) {
      while (this.#isOpen(lane)) this.#noteFound(this.#walk.one(text, lane), from);
    }
    for (const needle of this.#needles) {
      for (let at = this.#next(text, needle, 0); at >= 0; at = this.#next(text, needle, at + 1)) this.#note(from + at);
    }
  }

  #next(text: Buffer, needle: Buffer, from: number): number {
    return this.#search === null ? text.indexOf(needle, from) : this.#search.indexOf(text, needle, from);
  }

  #noteFound(count: number, from: number): void {
    const { found } = this.#walk;
    for (let i = 0; i < count; i++) this.#note(from + (found[i] ?? 0));
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
    const { at, limits } = this.#walk;
    let start = 0;
    for (let lane = 0; lane < LANES; lane++) {
      const target = Math.max(start, Math.ceil(((lane + 1) * bytes.length) / LANES));
      const newline = lane === LANES - 1 ? -1 : bytes.indexOf(NEWLINE, target);
      const end = newline < 0 ? bytes.length : newline + 1;
      at[lane] = start + LAST_WORD;
      limits[lane] = end - (WINDOW - LAST_WORD);
      start = end;
    }
  }

  #isOpen(lane: number): boolean {
    return (this.#walk.at[lane] ?? 0) <= (this.#walk.limits[lane] ?? 0);
  }

  /** A lane that is through takes half of what the slowest one has left, as long as that is worth it. */
  #allOpen(bytes: Buffer): boolean {
    for (let lane = 0; lane < LANES; lane++) if (!this.#isOpen(lane) && !this.#takeOver(bytes, lane)) return false;
    return true;
  }

  #takeOver(bytes: Buffer, lane: number): boolean {
    const { at, limits } = this.#walk;
    const left = (of: number) => (limits[of] ?? 0) - (at[of] ?? 0);
    let slowest = 0;
    for (let other = 1; other < LANES; other++) if (left(other) > left(slowest)) slowest = other;
    const limit = limits[slowest] ?? 0;
    const newline = bytes.indexOf(NEWLINE, limit - (left(slowest) >> 1));
    if (left(slowest) < MIN_LANE || newline < 0 || newline > limit - MIN_LANE / 4) return false;
    at[lane] = newline + 1 + LAST_WORD;
    limits[lane] = limit;
    limits[slowest] = newline + 1 - (WINDOW - LAST_WORD);
    return true;
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
