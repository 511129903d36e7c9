/**
 * The walk of the skip scan (skip-scan.ts), in WebAssembly: a step is a load, a product and a load that waits for it;
 * JavaScript asks for the bounds of each, and is compiled only after it ran for long. Eight lanes are walked in one loop,
 * which hides most of the waiting.
 */
import { type ScanMemory, SKIP_TABLES, SKIP_TABLES_BYTES } from './scan-memory.ts';
import {
  add,
  and,
  type Body,
  block,
  branch,
  branchIf,
  type Code,
  divide,
  type Functions,
  get,
  grow,
  isEqual,
  isLess,
  isZero,
  loadByte,
  loadHalf,
  loadWord,
  loop,
  Module,
  multiply,
  number,
  or,
  select,
  set,
  shiftRight,
  storeWord,
  subtract,
  when,
  xor,
} from './webassembly.ts';

export const LANES = 8;
/** Bytes of a window, and of the words it is looked up by. */
export const WINDOW = 12;
const WORD = 4;
const MAX_SHIFT = WINDOW - WORD + 1;
/** From the beginning of a window to its last word. */
export const LAST_WORD = WINDOW - WORD;
const NEWLINE = 10;

const HASH_BITS = 15;
const PRINT_BITS = 13;
const FACTOR = 0x9e3779b1;
const PRINT_FACTORS = [0x85ebca6b, 0xc2b2ae35, FACTOR] as const;

/** Of a word: the place of its shift. */
const hashOf = (word: number): number => Math.imul(word, FACTOR) >>> (32 - HASH_BITS);
/** Of a window's words: a hash that separates it from other text with the same last word. */
const printOf = (words: readonly number[]): number =>
  PRINT_FACTORS.reduce((mixed, factor, index) => mixed ^ Math.imul(words[index] ?? 0, factor), 0) >>> (32 - PRINT_BITS);

/**
 * The memory, in bytes. Shifts: of the hash of a word, the steps that pass over no window, 0 where one may end. Prints:
 * of a fingerprint, the number of the first window that has it, from 1 on. A window: its words and the number of the
 * next one. Lanes: the word looked at, and the last word, counted from the beginning of the text.
 */
const SHIFTS = SKIP_TABLES;
const PRINTS = SHIFTS + 2 ** HASH_BITS;
const PRINT_BYTES = 2;
const AT = PRINTS + PRINT_BYTES * 2 ** PRINT_BITS;
const LIMITS = AT + LANES * WORD;
const FOUND = LIMITS + LANES * WORD;
const MOST_FOUND = 1024;
const WINDOWS = FOUND + MOST_FOUND * WORD;
const WINDOW_WORDS = WINDOW / WORD + 1;
const NEXT_WINDOW = WINDOW;
const MOST_WINDOWS = Math.floor((SKIP_TABLES + SKIP_TABLES_BYTES - WINDOWS) / (WINDOW_WORDS * WORD));

const MODULE = new Module(() => [walk('walkAll', LANES), walk('walkOne', 1)]);

export class SkipWalk {
  /** Parameters: the address of the text, and the offset in bytes of the lane's words from those of the first lane. */
  readonly #functions: Functions<'walkAll' | 'walkOne'>;
  readonly #shifts: Uint8Array;
  readonly #prints: Uint16Array;
  readonly #windows: Int32Array;
  #windowCount = 0;
  /** Of each lane: the word looked at, and the last word, counted from the beginning of the text. */
  readonly at: Int32Array;
  readonly limits: Int32Array;
  /** Last words of windows, counted likewise: as many as the last walk answered. */
  readonly found: Int32Array;

  constructor({ memory }: ScanMemory) {
    const bytes = memory.buffer;
    this.#functions = MODULE.link(memory);
    this.#shifts = new Uint8Array(bytes, SHIFTS, 2 ** HASH_BITS).fill(MAX_SHIFT);
    this.#prints = new Uint16Array(bytes, PRINTS, 2 ** PRINT_BITS);
    this.#windows = new Int32Array(bytes, WINDOWS, MOST_WINDOWS * WINDOW_WORDS);
    this.at = new Int32Array(bytes, AT, LANES);
    this.limits = new Int32Array(bytes, LIMITS, LANES);
    this.found = new Int32Array(bytes, FOUND, MOST_FOUND);
  }

  /** From now on `window` is found. Answers false when there are too many. */
  add(window: string): boolean {
    if (++this.#windowCount === MOST_WINDOWS) return false;
    const bytes = Buffer.from(window, 'latin1');
    for (let at = 0; at <= LAST_WORD; at++) {
      const place = hashOf(bytes.readInt32LE(at));
      this.#shifts[place] = Math.min(this.#shifts[place] ?? MAX_SHIFT, LAST_WORD - at);
    }
    const words = [0, WORD, LAST_WORD].map((at) => bytes.readInt32LE(at));
    const print = printOf(words);
    this.#windows.set([...words, this.#prints[print] ?? 0], this.#windowCount * WINDOW_WORDS);
    this.#prints[print] = this.#windowCount;
    return true;
  }

  /**
   * Moves all lanes of a text in the memory until one is through or `found` is full. After a window a lane
   * goes on in the next line. Answers how many were found.
   */
  all(text: Uint8Array): number {
    return this.#functions.walkAll(text.byteOffset, 0);
  }

  /** Moves one lane alone, likewise. */
  one(text: Uint8Array, lane: number): number {
    return this.#functions.walkOne(text.byteOffset, lane * WORD);
  }
}

/** The walk of this number of lanes. */
function walk<Name extends string>(name: Name, laneCount: number): Body<Name> {
  const [base, laneBytes, count, stopped, left, steps, step, place, limit, window, difference] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
  ];
  const FIRST_LANE = 11;
  const lanes = Array.from({ length: laneCount }, (_, index) => {
    const own = FIRST_LANE + 2 * index;
    return { bytes: index * WORD, at: own, end: own + 1 };
  });
  const based = (word: Code): Code => add(get(base), word);

  /** The word of the window that ends in the word at `local`. */
  const wordOf = (local: number, index: number): Code =>
    loadWord(0, subtract(get(local), number(LAST_WORD - index * WORD)));
  const shiftAt = (local: number): Code =>
    loadByte(SHIFTS, shiftRight(multiply(loadWord(0, get(local)), number(FACTOR)), number(32 - HASH_BITS)));
  const firstWindowAt = (local: number): Code => {
    const mixed = PRINT_FACTORS.map((factor, index) => multiply(wordOf(local, index), number(factor)));
    const print = shiftRight(
      mixed.reduce((before, one) => xor(before, one)),
      number(32 - PRINT_BITS),
    );
    return loadHalf(PRINTS, multiply(print, number(PRINT_BYTES)));
  };

  const enter = lanes.map(({ bytes, at, end }) => [
    set(at, based(loadWord(AT + bytes, get(laneBytes)))),
    set(end, based(loadWord(LIMITS + bytes, get(laneBytes)))),
  ]);
  const leave = lanes.map(({ bytes, at }) => storeWord(AT + bytes, get(laneBytes), subtract(get(at), get(base))));
  const setLeft = lanes.map(({ at, end }, index) => {
    const own = subtract(get(end), get(at));
    if (index === 0) return set(left, own);
    return [set(step, own), set(left, select(get(step), get(left), isLess(get(step), get(left))))];
  });
  /** Until a lane reaches what looks like a window, which `stopped` then names, or one is through. */
  const advance = block([
    set(stopped, number(-1)),
    loop([
      setLeft,
      branchIf(1, isLess(get(left), number(0))),
      // This number of steps takes no lane past its end, so that the loop below need not check.
      set(steps, add(divide(get(left), number(MAX_SHIFT)), number(1))),
      loop([
        lanes.map(({ bytes, at }) => [
          set(step, shiftAt(at)),
          when(isZero(get(step)), [
            // Out of both whens, both loops and the block.
            when(firstWindowAt(at), [set(stopped, number(bytes)), branch(4)]),
            set(step, number(1)),
          ]),
          grow(at, get(step)),
        ]),
        set(steps, subtract(get(steps), number(1))),
        branchIf(0, get(steps)),
      ]),
      branch(0),
    ]),
  ]);

  const stoppedLane = add(get(laneBytes), get(stopped));
  const windowAddress = multiply(get(window), number(WINDOW_WORDS * WORD));
  const differences = PRINT_FACTORS.map((_, index) =>
    xor(wordOf(place, index), loadWord(WINDOWS + index * WORD, windowAddress)),
  );
  const note = [
    storeWord(FOUND, multiply(get(count), number(WORD)), subtract(get(place), get(base))),
    grow(count, number(1)),
    loop([
      grow(place, number(1)),
      branchIf(0, and(isLess(get(place), get(limit)), isZero(isEqual(loadByte(0, get(place)), number(NEWLINE))))),
    ]),
    grow(place, number(LAST_WORD)),
    set(window, number(0)),
  ];
  /** Where a lane stopped: notes the place when a window ends there, and goes on in the next line, else after the word. */
  const look = [
    set(place, based(loadWord(AT, stoppedLane))),
    set(limit, based(loadWord(LIMITS, stoppedLane))),
    set(window, firstWindowAt(place)),
    loop(
      when(get(window), [
        set(
          difference,
          differences.reduce((before, one) => or(before, one)),
        ),
        set(window, loadWord(WINDOWS + NEXT_WINDOW, windowAddress)),
        when(isZero(get(difference)), note),
        branch(1),
      ]),
    ),
    storeWord(AT, stoppedLane, add(subtract(get(place), get(base)), number(1))),
  ];

  const code = [
    block(
      loop([
        enter,
        advance,
        leave,
        branchIf(1, isLess(get(stopped), number(0))),
        look,
        branchIf(0, isLess(get(count), number(MOST_FOUND))),
      ]),
    ),
    get(count),
  ];
  return { name, parameters: 2, locals: FIRST_LANE - 2 + 2 * laneCount, code };
}
