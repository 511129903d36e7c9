/**
 * Looks for a short word, sixteen bytes at a time, in WebAssembly's vectors: memchr, which Node uses, stops at each first
 * byte, and `[` is in every line of an error log.
 */
import type { ScanMemory } from './scan-memory.ts';
import {
  add,
  and,
  andVector,
  answer,
  type Body,
  block,
  branch,
  branchIf,
  type Code,
  type Functions,
  get,
  grow,
  isAnyVector,
  isEqual,
  isEqualVector,
  isLess,
  isZero,
  loadVector,
  loadWord,
  loop,
  Module,
  maskOfVector,
  number,
  orVector,
  repeated,
  set,
  shiftRight,
  trailingZeros,
  when,
} from './webassembly.ts';

const WORD = 4;
const VECTOR = 16;
/** Vectors that are looked at in one step. */
const STEP = 4;
/** The bytes of the word that are compared at sixteen places at once: the first and the one from here. */
const OTHER = 2;

const MODULE = new Module(() => [findNeedle()]);

export class NeedleSearch {
  readonly #functions: Functions<'findNeedle'>;

  /** null where there are no vectors: processors, also virtual ones, without SSE 4.1. */
  static create({ memory }: ScanMemory): NeedleSearch | null {
    try {
      return new NeedleSearch(MODULE.link(memory));
    } catch {
      return null;
    }
  }

  private constructor(functions: Functions<'findNeedle'>) {
    this.#functions = functions;
  }

  /** The next offset of a needle of four to eight bytes in a text in the memory, from `from` on; -1 for none. */
  indexOf(text: Buffer, needle: Buffer, from: number): number {
    const base = text.byteOffset;
    const last = needle.length - WORD;
    // A needle that began later would not end in the text.
    const limit = base + text.length - needle.length + 1;
    const words = [needle.readInt32LE(0), needle.readInt32LE(last)] as const;
    const at = this.#functions.findNeedle(base + from, limit, ...words, last);
    return at < limit ? at - base : -1;
  }
}

/** The address of the next needle, given by its first and its last word; `limit` or more when none begins before it. */
function findNeedle(): Body<'findNeedle'> {
  const [at, limit, firstWord, lastWord, last, firsts, others, hits] = [0, 1, 2, 3, 4, 5, 6, 7];
  const inText = isLess(get(at), get(limit));
  const hitsAt = (offset: number): Code =>
    andVector(
      isEqualVector(loadVector(offset, get(at)), get(firsts)),
      isEqualVector(loadVector(offset + OTHER, get(at)), get(others)),
    );
  const stepHits = Array.from({ length: STEP }, (_, index) => hitsAt(index * VECTOR));
  const isNeedle = and(
    isEqual(loadWord(0, get(at)), get(firstWord)),
    isEqual(loadWord(0, add(get(at), get(last))), get(lastWord)),
  );
  const code = [
    set(firsts, repeated(get(firstWord))),
    set(others, repeated(shiftRight(get(firstWord), number(8 * OTHER)))),
    block(
      loop([
        branchIf(1, isZero(inText)),
        branchIf(1, isAnyVector(stepHits.reduce((before, hit) => orVector(before, hit)))),
        grow(at, number(STEP * VECTOR)),
        branch(0),
      ]),
    ),
    loop(
      when(inText, [
        set(hits, hitsAt(0)),
        when(isZero(isAnyVector(get(hits))), [grow(at, number(VECTOR)), branch(2)]),
        grow(at, trailingZeros(maskOfVector(get(hits)))),
        when(isNeedle, answer(get(at))),
        grow(at, number(1)),
        branch(1),
      ]),
    ),
    get(at),
  ];
  return { name: 'findNeedle', parameters: 5, locals: 0, vectorLocals: 3, code };
}
