/**
 * All patterns at once as one deterministic automaton over bytes, built lazily: a line costs one table look-up a byte,
 * whatever the patterns and whatever the input. States are made when first met and thrown away together when there are
 * too many, so memory is bounded and time stays linear.
 */
import { byteClasses } from './byte-classes.ts';
import { InstructionSets } from './instruction-sets.ts';
import { ACCEPT, END, FORK, LETTER, type Program, SAVE, SET } from './program.ts';

/** Table entries: not yet known, no pattern can match any more, else a state; ACCEPTS marks one with news. */
const UNKNOWN = 0;
const DEAD = 1;
const FIRST_STATE = 2;
const ACCEPTS = 1 << 15;
/** At this number of states, or of their members, all are forgotten. */
const MAX_STATES = 8192;
const MAX_MEMBERS = 1 << 20;
/** States of a word may go on after the last one that fits. */
const STATE_LIMIT = 2 * MAX_STATES;
const NO_BYTE = -1;
const NOTHING = new Int32Array(0);

export class Automaton {
  readonly #program: Program;
  readonly #starts: readonly (readonly number[])[];
  /** Byte → class; of each class one byte, NO_BYTE of the last one, which is the end of the line. */
  readonly #classes: Uint8Array;
  readonly #samples: readonly number[];
  readonly #endClass: number;
  readonly #shift: number;
  #table: Uint16Array;
  /**
   * States that one byte alone leads out of, to the state with the next number; 0 for others. The inside of words is
   * made of these: made all at once, walking them needs no look-up that waits for the one before.
   */
  readonly #chain = new Uint8Array(STATE_LIMIT);
  /** Where `walk` leaves the state it stopped in. */
  readonly #stopped = new Uint16Array(1);
  /** Of each start, made when it is first run from. */
  #startStates: number[] = [];
  /** Per state: the next instructions and those that accept in it. */
  readonly #states = new InstructionSets(STATE_LIMIT);
  /** Instructions still to be looked at while a state is made, `#depth` of them; its members so far. */
  readonly #pending: Int32Array;
  #depth = 0;
  readonly #members: Int32Array;
  /** Instructions seen while a state is made have the number of that making. */
  readonly #seen: Uint32Array;
  #making = 0;
  /** What the last `run` found: pattern indexes, `~index` for vetoes, `foundCount` of them. */
  readonly found = new Int32Array(256);
  foundCount = 0;

  /** `starts[k]`: the program entries tried together when `run` is given `k`. */
  constructor(program: Program, starts: readonly (readonly number[])[]) {
    const { length } = program.ops;
    this.#program = program;
    this.#starts = starts;
    // Each instruction is looked at once at most, and a fork adds two.
    this.#pending = new Int32Array(3 * length);
    this.#members = new Int32Array(length);
    this.#seen = new Uint32Array(length);
    const { classes, samples } = byteClasses(program);
    this.#classes = classes;
    this.#samples = [...samples, NO_BYTE];
    this.#endClass = samples.length;
    this.#shift = Math.ceil(Math.log2(this.#endClass + 1));
    this.#table = new Uint16Array(64 << this.#shift);
    this.#forget();
  }

  /**
   * Runs from `bytes[from]` up to `to` (the end of the line); what it found is in `found`. Answers after which byte
   * it was decided; more than `to` when it took the end of the line.
   */
  run(start: number, bytes: Uint8Array, from: number, to: number): number {
    this.foundCount = 0;
    let state = this.#enter(this.#startStates[start] ?? this.#startState(start));
    let at = from;
    for (; at < to; at++) {
      at = walk(this.#table, this.#chain, this.#classes, this.#shift, this.#stopped, state, bytes, at, to);
      state = this.#stopped[0] ?? DEAD;
      if (at < to && state !== DEAD) state = this.#enter(this.#after(state, this.#classes[bytes[at] ?? 0] ?? 0));
      if (state === DEAD) return at + 1;
    }
    this.#enter(this.#after(state, this.#endClass));
    return to + 1;
  }

  vetoed(pattern: number): boolean {
    return this.#has(~pattern);
  }

  #after(state: number, column: number): number {
    const known = this.#table[(state << this.#shift) | column] ?? UNKNOWN;
    return known === UNKNOWN ? this.#step(state, column) : known;
  }

  /** The state itself, its news noted. */
  #enter(entry: number): number {
    return entry >= ACCEPTS ? this.#note(entry & ~ACCEPTS) : entry;
  }

  #note(state: number): number {
    const { ops, other } = this.#program;
    const end = this.#states.endOf(state);
    for (let i = this.#states.startOf(state); i < end; i++) {
      const at = this.#states.pool[i] ?? 0;
      const news = other[at] ?? 0;
      if (ops[at] !== ACCEPT || this.#has(news) || this.foundCount === this.found.length) continue;
      this.found[this.foundCount++] = news;
    }
    return state;
  }

  #has(news: number): boolean {
    for (let i = 0; i < this.foundCount; i++) if (this.found[i] === news) return true;
    return false;
  }

  #forget(): void {
    this.#table.fill(UNKNOWN);
    this.#chain.fill(0);
    this.#startStates = [];
    this.#states.clear();
    while (this.#states.count < FIRST_STATE) this.#states.add(NOTHING, 0);
  }

  #isFull(): boolean {
    return this.#states.count >= MAX_STATES || this.#states.memberCount >= MAX_MEMBERS;
  }

  #startState(start: number): number {
    if (this.#isFull()) this.#forget();
    for (const at of this.#starts[start] ?? []) this.#push(at);
    const state = this.#stateOfPending(false);
    this.#startStates[start] = state;
    return state;
  }

  /** The state after `column`, made when it is new. When there are too many, everything but that state is forgotten. */
  #step(state: number, column: number): number {
    const atEnd = column === this.#endClass;
    const byte = this.#samples[column] ?? NO_BYTE;
    const { ops, next } = this.#program;
    const { pool } = this.#states;
    const end = this.#states.endOf(state);
    for (let i = this.#states.startOf(state); i < end; i++) {
      const at = pool[i] ?? 0;
      // No look-up by NO_BYTE: V8 would throw away what it compiled.
      if (atEnd ? ops[at] === END : this.#program.passes(at, byte)) this.#push(next[at] ?? 0);
    }
    const full = this.#isFull();
    if (full) this.#forget();
    const after = this.#stateOfPending(atEnd);
    if (!full) this.#table[(state << this.#shift) | column] = after;
    return after;
  }

  #push(at: number): void {
    this.#pending[this.#depth++] = at;
  }

  /** Follows forks and captures to the bytes after them. */
  #stateOfPending(atEnd: boolean): number {
    const making = ++this.#making;
    const { ops, next, other } = this.#program;
    const seen = this.#seen;
    const pending = this.#pending;
    let depth = this.#depth;
    let size = 0;
    let accepts = 0;
    while (depth > 0) {
      const at = pending[--depth] ?? 0;
      if (seen[at] === making) continue;
      seen[at] = making;
      const op = ops[at];
      if (op === FORK) pending[depth++] = other[at] ?? 0;
      if (op === FORK || op === SAVE || (op === END && atEnd)) pending[depth++] = next[at] ?? 0;
      else {
        if (op === ACCEPT) accepts = ACCEPTS;
        this.#members[size++] = at;
      }
    }
    this.#depth = 0;
    return size === 0 ? DEAD : this.#stateOfMembers(size) | accepts;
  }

  #stateOfMembers(size: number): number {
    const newest = this.#states.count;
    const state = this.#states.intern(this.#members, size);
    if (state === newest) {
      this.#spell(state);
      this.#growTable();
    }
    return state;
  }

  /** Makes the states of the word that must follow a new state. */
  #spell(state: number): void {
    for (let last = state; last < STATE_LIMIT - 1; last++) {
      const byte = this.#onlyByteBehind(last);
      if (byte <= 0) return;
      this.#chain[last] = byte;
      this.#states.add(this.#members, this.#states.endOf(last) - this.#states.startOf(last));
    }
  }

  /**
   * The one byte that leads on from all members of a state, to other bytes alone, which `#members` then holds;
   * NO_BYTE when there is more to it.
   */
  #onlyByteBehind(state: number): number {
    const { ops, next, other } = this.#program;
    const { pool } = this.#states;
    const start = this.#states.startOf(state);
    const size = this.#states.endOf(state) - start;
    const byte = other[pool[start] ?? 0] ?? NO_BYTE;
    for (let i = 0; i < size; i++) {
      const at = pool[start + i] ?? 0;
      if (ops[at] !== LETTER || other[at] !== byte) return NO_BYTE;
      let after = next[at] ?? 0;
      while (ops[after] === SAVE) after = next[after] ?? 0;
      if (ops[after] !== LETTER && ops[after] !== SET) return NO_BYTE;
      this.#members[i] = after;
    }
    return byte;
  }

  #growTable(): void {
    const needed = this.#states.count << this.#shift;
    if (needed <= this.#table.length) return;
    const larger = new Uint16Array(2 * needed);
    larger.set(this.#table);
    this.#table = larger;
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
