/**
 * All patterns at once as one deterministic automaton over bytes, built lazily: a line costs one table look-up a byte,
 * whatever the patterns and whatever the input. States are made when first met and thrown away together when there are
 * too many, so memory is bounded and time stays linear.
 */
import type { Instruction, Program } from './program.ts';
import type { ByteSet } from './regex.ts';

/** Table entries: not yet known, no pattern can match any more, else a state; ACCEPTS marks one with news. */
const UNKNOWN = 0;
const DEAD = 1;
const FIRST_STATE = 2;
const ACCEPTS = 1 << 15;
const MAX_STATES = 8192;

const NOTHING: readonly number[] = [];
const ascending = (a: number, b: number): number => a - b;

export class Automaton {
  readonly #code: readonly Instruction[];
  readonly #starts: readonly (readonly number[])[];
  /** Byte → class: bytes that no pattern tells apart share a column. */
  readonly #classes = new Uint8Array(256);
  /** One byte of each class; the last class is the end of the line. */
  readonly #samples: number[] = [];
  readonly #endClass: number;
  readonly #shift: number;
  #table: Uint16Array;
  /**
   * States that one byte alone leads out of, to the state with the next number; 0 for others. The inside of words is
   * made of these: walking them needs no look-up that waits for the one before.
   */
  readonly #chain = new Uint8Array(2 * MAX_STATES);
  /** Where `walk` leaves the state it stopped in. */
  readonly #stopped = new Uint16Array(1);
  /** Of each start, made when it is first run from. */
  #startStates: number[] = [];
  /** Per state: the instructions it stands before, ascending. */
  #members: (readonly number[])[] = [];
  /** Per state: pattern indexes it accepts, `~index` for a veto. */
  #news: (readonly number[])[] = [];
  /** Hash of members and news → the states that have it. */
  #byHash = new Map<number, number[]>();
  /** Instructions seen while a state is made have the number of that making. */
  readonly #seen: Uint32Array;
  #making = 0;
  /** What the last `run` found: pattern indexes, `~index` for vetoes, `foundCount` of them. */
  readonly found = new Int32Array(256);
  foundCount = 0;

  /** `starts[k]`: the program entries tried together when `run` is given `k`. */
  constructor(program: Program, starts: readonly (readonly number[])[]) {
    this.#code = program.code;
    this.#starts = starts;
    this.#seen = new Uint32Array(program.code.length);
    this.#divideBytes();
    this.#endClass = this.#samples.length;
    this.#shift = Math.ceil(Math.log2(this.#endClass + 1));
    this.#table = new Uint16Array(64 << this.#shift);
    this.#forget();
  }

  /**
   * Runs from `bytes[from]` up to `to` (the end of the line); what it found stands in `found`. Answers behind which byte
   * it was decided; more than `to` when it took the end of the line.
   */
  run(start: number, bytes: Uint8Array, from: number, to: number): number {
    this.foundCount = 0;
    this.#startStates[start] ??= this.#stateOf(this.#starts[start] ?? [], false);
    let state = this.#enter(this.#startStates[start] ?? DEAD);
    let at = from;
    for (; at < to; at++) {
      at = walk(this.#table, this.#chain, this.#classes, this.#shift, this.#stopped, state, bytes, at, to);
      state = this.#stopped[0] ?? DEAD;
      if (at < to && state !== DEAD) state = this.#enter(this.#next(state, this.#classes[bytes[at] ?? 0] ?? 0));
      if (state === DEAD) return at + 1;
    }
    this.#enter(this.#next(state, this.#endClass));
    return to + 1;
  }

  #next(state: number, column: number): number {
    const known = this.#table[(state << this.#shift) | column] ?? UNKNOWN;
    return known === UNKNOWN ? this.#step(state, column) : known;
  }

  /** The state itself, its news noted. */
  #enter(entry: number): number {
    return entry >= ACCEPTS ? this.#note(entry) : entry;
  }

  #note(marked: number): number {
    const state = marked & ~ACCEPTS;
    const news = this.#news[state] ?? NOTHING;
    for (let i = 0; i < news.length; i++) {
      const entry = news[i] ?? 0;
      if (!this.#has(entry) && this.foundCount < this.found.length) this.found[this.foundCount++] = entry;
    }
    return state;
  }

  vetoed(pattern: number): boolean {
    return this.#has(~pattern);
  }

  #has(entry: number): boolean {
    for (let i = 0; i < this.foundCount; i++) if (this.found[i] === entry) return true;
    return false;
  }

  /** Refines one class of all bytes by every byte set of the program. */
  #divideBytes(): void {
    const classes = this.#classes;
    const renamed = new Int16Array(2 * classes.length);
    const seen = new Set<ByteSet>();
    let count = 1;
    for (const instruction of this.#code) {
      if (instruction.op !== 'byte' || seen.has(instruction.set)) continue;
      seen.add(instruction.set);
      const byte = instruction.set.indexOf(1);
      if (byte !== instruction.set.lastIndexOf(1)) count = refine(classes, instruction.set, renamed);
      else if (!isAlone(classes, byte)) classes[byte] = count++;
    }
    for (let column = 0; column < count; column++) this.#samples.push(classes.indexOf(column));
  }

  #forget(): void {
    this.#table.fill(UNKNOWN);
    this.#chain.fill(0);
    this.#members = [NOTHING, NOTHING];
    this.#news = [NOTHING, NOTHING];
    this.#byHash = new Map();
    this.#startStates = [];
  }

  /** The state after `column`, made when it is new. When the table is full everything but that state is forgotten. */
  #step(state: number, column: number): number {
    const atEnd = column === this.#endClass;
    const sample = this.#samples[column] ?? 0;
    const reached: number[] = [];
    for (const at of this.#members[state] ?? NOTHING) {
      const instruction = this.#code[at];
      if (instruction?.op === 'byte' && !atEnd && instruction.set[sample] === 1) reached.push(instruction.next);
      if (instruction?.op === 'end' && atEnd) reached.push(instruction.next);
    }
    const full = this.#members.length >= MAX_STATES;
    if (full) this.#forget();
    const next = this.#stateOf(reached, atEnd);
    if (!full) this.#table[(state << this.#shift) | column] = next;
    return next;
  }

  #stateOf(entries: readonly number[], atEnd: boolean): number {
    const members: number[] = [];
    const news: number[] = [];
    const pending = [...entries];
    const making = ++this.#making;
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      const instruction = this.#code[at];
      if (instruction === undefined || this.#seen[at] === making) continue;
      this.#seen[at] = making;
      if (instruction.op === 'byte') members.push(at);
      else if (instruction.op === 'accept') news.push(instruction.veto ? ~instruction.pattern : instruction.pattern);
      else if (instruction.op === 'fork') pending.push(instruction.other, instruction.next);
      else if (instruction.op === 'save' || atEnd) pending.push(instruction.next);
      else members.push(at);
    }
    if (members.length === 0 && news.length === 0) return DEAD;
    return this.#intern(members.sort(ascending), news.sort(ascending));
  }

  #intern(members: readonly number[], news: readonly number[]): number {
    const hash = hashOf(members, hashOf(news, members.length));
    const mark = news.length > 0 ? ACCEPTS : 0;
    const alike = this.#byHash.get(hash) ?? [];
    for (const state of alike) {
      if (equal(this.#members[state], members) && equal(this.#news[state], news)) return state | mark;
    }
    const state = this.#members.push(members) - 1;
    this.#news.push(news);
    if (alike.push(state) === 1) this.#byHash.set(hash, alike);
    if (this.#members.length << this.#shift > this.#table.length) {
      const larger = new Uint16Array(this.#table.length * 2);
      larger.set(this.#table);
      this.#table = larger;
    }
    this.#chain[state] = this.#onlyByte(members, state);
    return state | mark;
  }

  /** The one byte that leads on from a new state, when what it leads to is a plain state made right behind it; else 0. */
  #onlyByte(members: readonly number[], state: number): number {
    const reached: number[] = [];
    let only: ByteSet | null = null;
    for (const at of members) {
      const instruction = this.#code[at];
      if (instruction?.op !== 'byte' || (only !== null && instruction.set !== only)) return 0;
      only = instruction.set;
      reached.push(instruction.next);
    }
    const byte = only?.indexOf(1) ?? 0;
    if (only === null || only.lastIndexOf(1) !== byte || this.#members.length >= MAX_STATES) return 0;
    return this.#stateOf(reached, false) === state + 1 ? byte : 0;
  }
}

/**
 * The innermost loop, apart from everything else so that V8 keeps the arrays' addresses in registers. Stops before the
 * byte whose transition is not to a plain state, or at `to`.
 */
function walk(
  table: Uint16Array,
  chain: Uint8Array,
  classes: Uint8Array,
  shift: number,
  stopped: Uint16Array,
  entry: number,
  bytes: Uint8Array,
  from: number,
  to: number,
): number {
  let state = entry;
  let at = from;
  for (; at < to; at++) {
    const expected = chain[state];
    if (expected !== 0) {
      if (bytes[at] !== expected) {
        state = DEAD;
        break;
      }
      state++;
      continue;
    }
    const next = table[(state << shift) | (classes[bytes[at] ?? 0] ?? 0)] ?? UNKNOWN;
    if (next < FIRST_STATE || next >= ACCEPTS) break;
    state = next;
  }
  stopped[0] = state;
  return at;
}

function hashOf(values: readonly number[], seed: number): number {
  let hash = seed;
  for (let i = 0; i < values.length; i++) hash = Math.imul(hash ^ (values[i] ?? 0), 0x01000193) ^ (hash >>> 15);
  return hash;
}

function equal(a: readonly number[] | undefined, b: readonly number[]): boolean {
  return a !== undefined && a.length === b.length && a.every((value, i) => value === b[i]);
}

/** No other byte is in the class of `byte`. */
function isAlone(classes: Uint8Array, byte: number): boolean {
  const column = classes[byte] ?? 0;
  return classes.indexOf(column) === classes.lastIndexOf(column);
}

/** Splits every class into members of `set` and others; answers how many classes there are. */
function refine(classes: Uint8Array, set: ByteSet, renamed: Int16Array): number {
  renamed.fill(-1);
  let count = 0;
  for (let byte = 0; byte < classes.length; byte++) {
    const key = 2 * (classes[byte] ?? 0) + (set[byte] ?? 0);
    if (renamed[key] === -1) renamed[key] = count++;
    classes[byte] = renamed[key] ?? 0;
  }
  return count;
}
