/**
 * The named parts of a match, leftmost-first like every backtracking engine, but in linear time: all threads advance
 * together, the one that would have been tried first wins. Runs only on lines that already matched.
 */
import { ACCEPT, END, FORK, type Program, SAVE } from './program.ts';

const UNSET = -1;

interface Thread {
  readonly at: number;
  readonly slots: readonly number[];
}

interface Found {
  /** Offsets of each name's start and end, -1 where it took no part; null when nothing matches. */
  readonly slots: readonly number[] | null;
  /** The first byte that had no say in it. */
  readonly end: number;
}

const decoder = new TextDecoder();

/** The captures of one pattern. Lines of a flood begin alike: the bytes that decided the last time are compared first. */
export class CaptureFinder {
  readonly #program: Program;
  readonly #start: number;
  readonly #names: readonly string[];
  #deciding: Uint8Array = new Uint8Array(0);
  /** The last line ended where it was decided, so this one must too. */
  #decidedByEnd = false;
  #captures: Readonly<Record<string, string>> | null = null;

  constructor(program: Program, start: number, names: readonly string[]) {
    this.#program = program;
    this.#start = start;
    this.#names = names;
  }

  /** The named groups of the match that begins at `from`; those that took no part have no key. */
  find(bytes: Uint8Array, from: number): Readonly<Record<string, string>> {
    if (this.#names.length === 0) return {};
    if (this.#captures !== null && this.#isDecidedAlike(bytes, from)) return this.#captures;
    const { slots, end } = findCaptures(this.#program, this.#start, 2 * this.#names.length, bytes, from);
    this.#decidedByEnd = end > bytes.length;
    this.#deciding = bytes.slice(from, end);
    this.#captures = this.#named(bytes, slots);
    return this.#captures;
  }

  #isDecidedAlike(bytes: Uint8Array, from: number): boolean {
    const deciding = this.#deciding;
    if (this.#decidedByEnd ? bytes.length - from !== deciding.length : bytes.length - from < deciding.length)
      return false;
    for (let i = 0; i < deciding.length; i++) if (bytes[from + i] !== deciding[i]) return false;
    return true;
  }

  #named(bytes: Uint8Array, slots: readonly number[] | null): Record<string, string> {
    const named: Record<string, string> = {};
    this.#names.forEach((name, i) => {
      const start = slots?.[2 * i] ?? UNSET;
      const end = slots?.[2 * i + 1] ?? UNSET;
      if (start >= 0 && end >= 0) named[name] = decoder.decode(bytes.subarray(start, end));
    });
    return named;
  }
}

function findCaptures(program: Program, start: number, slotCount: number, bytes: Uint8Array, from: number): Found {
  const to = bytes.length;
  let matched: readonly number[] | null = null;
  let threads = follow(program, [{ at: start, slots: new Array<number>(slotCount).fill(UNSET) }], from, from === to);
  for (let at = from; ; at++) {
    const reached: Thread[] = [];
    for (const { at: place, slots } of threads) {
      if (program.ops[place] === ACCEPT) {
        matched = slots;
        break;
      }
      if (at < to && program.passes(place, bytes[at] ?? 0)) reached.push({ at: program.next[place] ?? 0, slots });
    }
    if (at >= to || reached.length === 0) return { slots: matched, end: at + 1 };
    threads = follow(program, reached, at + 1, at + 1 === to);
  }
}

/** Runs every thread to its next byte or accept, in order of preference; the first to reach a place keeps it. */
function follow(program: Program, entries: readonly Thread[], offset: number, atEnd: boolean): Thread[] {
  const settled: Thread[] = [];
  const seen = new Set<number>();
  const pending = [...entries].reverse();
  for (let thread = pending.pop(); thread !== undefined; thread = pending.pop()) {
    const { at, slots } = thread;
    if (seen.has(at)) continue;
    seen.add(at);
    const op = program.ops[at];
    const next = program.next[at] ?? 0;
    const other = program.other[at] ?? 0;
    if (op === FORK) pending.push({ at: other, slots }, { at: next, slots });
    else if (op === SAVE) pending.push({ at: next, slots: slots.with(other, offset) });
    else if (op === END) {
      if (atEnd) pending.push({ at: next, slots });
    } else settled.push(thread);
  }
  return settled;
}
