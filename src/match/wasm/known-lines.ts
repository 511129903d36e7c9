/**
 * Decides lines that begin with nginx's time stamp and whose beginning was decided before
 * (decided-beginnings.ts): end, head and result in one go, in WebAssembly. Floods are made of those. Of every other line
 * only the end is found; error-head.ts and the automaton decide it.
 */
import { LOG_LEVELS } from '../../core/signal.ts';
import {
  BUCKET_FACTOR,
  BUCKET_SHIFT,
  LENGTHS,
  MAX_BYTES,
  RESULTS,
  STARTS,
  TEXTS,
  UNDECIDED,
  WAYS,
  WHOLE,
} from '../decided-beginnings.ts';
import { BEGINNINGS, LINE_TABLES, type ScanMemory } from './scan-memory.ts';
import {
  add,
  and,
  answer,
  type Body,
  block,
  branch,
  branchIf,
  type Code,
  call,
  type Functions,
  get,
  grow,
  isEqual,
  isEqualVector,
  isLess,
  isLessUnsigned,
  isNotEqual,
  isZero,
  loadByte,
  loadVector,
  loadWord,
  loop,
  Module,
  maskOfVector,
  multiply,
  number,
  or,
  repeated,
  select,
  set,
  shiftRight,
  storeWord,
  subtract,
  trailingZeros,
  when,
  xor,
} from './webassembly.ts';

const WORD = 4;
const VECTOR = 16;
const NEWLINE = 10;
const RETURN = 13;
const ZERO = 48;
/** `YYYY/MM/DD HH:MM:SS ` by its punctuation, and its first and last digit. */
const STAMP_BYTES = 20;
const STAMP_MARKS: readonly (readonly [at: number, mark: string])[] = [
  [4, '/'],
  [7, '/'],
  [10, ' '],
  [13, ':'],
  [16, ':'],
  [19, ' '],
];
const STAMP_DIGITS = [0, 18];

/** Where the line ends that was looked at, as an address; the levels: three words of `[level] `, its length, its number. */
const LINE_END = LINE_TABLES;
const LEVELS = LINE_TABLES + 2 * WORD;
const LEVEL_BYTES = 5 * WORD;
const LEVEL_BITS = 6;
/** The words of `[level] ` that hold all of its bytes: the first, the one from here on, the last. */
const MIDDLE = 3;

const levelHash = (word: number): number => Math.imul(word, BUCKET_FACTOR) >>> (32 - LEVEL_BITS);

/** Of the lines looked at in one go: where they end, and their results. */
const ENDS = LEVELS + 2 ** LEVEL_BITS * LEVEL_BYTES;
const MAX_LINES = 1024;
const LINE_RESULTS = ENDS + MAX_LINES * WORD;

const MODULE = new Module(() => [findKnown(), findLines()]);

export class KnownLines {
  readonly #functions: Functions<'find' | 'findLines'>;
  readonly #lineEnd: Int32Array;
  /** Of the lines `findLines` found: the addresses of their ends, and their results. */
  readonly ends: Int32Array;
  readonly results: Int32Array;

  /** The beginnings stand in the same memory. null where there are no vectors (needle-search.ts). */
  static create({ memory }: ScanMemory): KnownLines | null {
    try {
      return new KnownLines(MODULE.link(memory), memory.buffer);
    } catch {
      return null;
    }
  }

  private constructor(functions: Functions<'find' | 'findLines'>, bytes: ArrayBuffer) {
    this.#functions = functions;
    this.#lineEnd = new Int32Array(bytes, LINE_END, 1);
    this.ends = new Int32Array(bytes, ENDS, MAX_LINES);
    this.results = new Int32Array(bytes, LINE_RESULTS, MAX_LINES);
    const levels = new Int32Array(bytes, LEVELS, (2 ** LEVEL_BITS * LEVEL_BYTES) / WORD);
    for (const [level, name] of LOG_LEVELS.entries()) {
      const text = Buffer.from(`[${name}] `);
      const words = [0, MIDDLE, text.length - WORD].map((at) => text.readInt32LE(at));
      levels.set([...words, text.length, level + 1], (levelHash(words[0] ?? 0) * LEVEL_BYTES) / WORD);
    }
  }

  /**
   * The result for the line that begins at the address `start`, or UNDECIDED. The text goes on to the address `limit`;
   * `end` is the line's newline then.
   */
  find(start: number, limit: number): number {
    return this.#functions.find(start, limit);
  }

  /** As `find`, for a number of lines from `start` on: their number; `ends` and `results` hold them. */
  findLines(start: number, limit: number): number {
    return this.#functions.findLines(start, limit);
  }

  /** The address of the newline of the line last looked for; the text's limit when it has none. */
  get end(): number {
    return this.#lineEnd[0] ?? 0;
  }
}

function findKnown(): Body<'find'> {
  const [start, limit, newline, end, at, from, record, place, ways, length, text, compared] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
  ];
  const newlines = 12;
  const byteAt = (offset = 0): Code => loadByte(offset, get(at));
  const isCode = (value: Code, character: string): Code => isEqual(value, number(character.charCodeAt(0)));
  const isDigit = (value: Code): Code => isLessUnsigned(subtract(value, number(ZERO)), number(10));
  const undecided = answer(number(UNDECIDED));
  const unless = (condition: Code): Code => when(isZero(condition), undecided);
  const pass = (character: string): Code => [unless(isCode(byteAt(), character)), grow(at, number(1))];
  const passDigits = [
    set(from, get(at)),
    loop(when(isDigit(byteAt()), [grow(at, number(1)), branch(1)])),
    unless(isLess(get(from), get(at))),
  ];

  const findEnd = [
    set(newline, get(start)),
    set(newlines, repeated(number(NEWLINE))),
    block(
      loop([
        branchIf(1, isZero(isLess(get(newline), get(limit)))),
        set(at, maskOfVector(isEqualVector(loadVector(0, get(newline)), get(newlines)))),
        branchIf(1, get(at)),
        grow(newline, number(VECTOR)),
        branch(0),
      ]),
    ),
    when(isLess(get(newline), get(limit)), grow(newline, trailingZeros(get(at)))),
    set(newline, select(get(newline), get(limit), isLess(get(newline), get(limit)))),
    storeWord(LINE_END, number(0), get(newline)),
    set(end, subtract(get(newline), isEqual(loadByte(0, subtract(get(newline), number(1))), number(RETURN)))),
  ];

  const passStamp = [
    set(at, get(start)),
    STAMP_MARKS.map(([offset, mark]) => unless(isCode(byteAt(offset), mark))),
    STAMP_DIGITS.map((offset) => unless(isDigit(byteAt(offset)))),
    grow(at, number(STAMP_BYTES)),
  ];
  const levelWord = (index: number, word: Code): Code => isNotEqual(word, loadWord(index * WORD, get(record)));
  const passLevel = [
    set(
      record,
      multiply(
        shiftRight(multiply(loadWord(0, get(at)), number(BUCKET_FACTOR)), number(32 - LEVEL_BITS)),
        number(LEVEL_BYTES),
      ),
    ),
    set(record, add(get(record), number(LEVELS))),
    when(levelWord(0, loadWord(0, get(at))), undecided),
    when(levelWord(1, loadWord(MIDDLE, get(at))), undecided),
    set(length, loadWord(3 * WORD, get(record))),
    when(levelWord(2, loadWord(0, subtract(add(get(at), get(length)), number(WORD)))), undecided),
    set(at, add(get(at), get(length))),
  ];
  const passHead = [
    passStamp,
    passLevel,
    [passDigits, pass('#'), passDigits, pass(':'), pass(' ')],
    when(isCode(byteAt(), '*'), [grow(at, number(1)), passDigits, pass(' ')]),
    // A fork's `[function:line] `.
    when(isCode(byteAt(), '['), undecided),
  ];

  // Less than any beginning where the line ended before its head did.
  const messageBytes = subtract(get(end), get(at));
  const mixed = [0, 1, 2, 3].reduce<Code>(
    (before, index) => multiply(xor(before, loadWord(index * WORD, get(at))), number(BUCKET_FACTOR)),
    number(0),
  );
  const fits = and(
    and(
      isZero(isLess(messageBytes, get(length))),
      isEqual(loadByte(BEGINNINGS + STARTS, get(place)), loadWord(4 * WORD, get(record))),
    ),
    or(isZero(loadByte(BEGINNINGS + WHOLE, get(place))), isEqual(messageBytes, get(length))),
  );
  const differs = (offset: Code): Code =>
    isNotEqual(loadWord(BEGINNINGS + TEXTS, add(get(text), offset)), loadWord(0, add(get(at), offset)));
  const last = subtract(get(length), number(WORD));
  const compare = block([
    set(text, multiply(get(place), number(MAX_BYTES))),
    set(compared, number(0)),
    branchIf(0, differs(last)),
    loop([branchIf(1, differs(get(compared))), grow(compared, number(WORD)), branchIf(0, isLess(get(compared), last))]),
    answer(loadWord(BEGINNINGS + RESULTS, multiply(get(place), number(WORD)))),
  ]);
  const findBeginning = [
    set(place, multiply(shiftRight(mixed, number(BUCKET_SHIFT)), number(WAYS))),
    set(ways, number(WAYS)),
    loop([
      set(length, loadByte(BEGINNINGS + LENGTHS, get(place))),
      unless(get(length)),
      when(fits, compare),
      grow(place, number(1)),
      grow(ways, number(-1)),
      branchIf(0, get(ways)),
    ]),
  ];
  const code = [findEnd, passHead, findBeginning, number(UNDECIDED)];
  return { name: 'find', parameters: 2, locals: 10, vectorLocals: 1, code };
}

function findLines(): Body<'findLines'> {
  const [start, limit, count] = [0, 1, 2];
  const entry = multiply(get(count), number(WORD));
  const code = [
    loop([
      when(isLess(get(start), get(limit)), [
        storeWord(LINE_RESULTS, entry, call(0, get(start), get(limit))),
        set(start, loadWord(LINE_END, number(0))),
        storeWord(ENDS, entry, get(start)),
        grow(start, number(1)),
        grow(count, number(1)),
        branchIf(1, isLess(get(count), number(MAX_LINES))),
      ]),
    ]),
    get(count),
  ];
  return { name: 'findLines', parameters: 2, locals: 1, code };
}
