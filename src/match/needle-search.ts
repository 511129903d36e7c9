/**
 * Looks for a short word, sixteen bytes at a time, in WebAssembly's vectors: memchr, which Node uses, stops at each first
 * byte, and `[` is in every line of an error log.
 */
import type { ScanMemory } from './scan-memory.ts';
import {
  add,
  andVector,
  answer,
  type Body,
  block,
  branch,
  branchIf,
  type Code,
  type Functions,
  get,
  isAnyVector,
  isEqualVector,
  isLess,
  isZero,
  loadVector,
  loop,
  Module,
  maskOfVector,
  number,
  orVector,
  repeated,
  set,
  trailingZeros,
  when,
} from './webassembly.ts';

const VECTOR = 16;
/** Vectors that are looked at in one step. */
const STEP = 4;
/** The bytes of the word that are compared: the first and the one from here. */
const OTHER = 2;

const MODULE = new Module(() => [findPair()]);

export class NeedleSearch {
  readonly #functions: Functions<'findPair'>;

  /** null where there are no vectors: processors, also virtual ones, without SSE 4.1. */
  static create({ memory }: ScanMemory): NeedleSearch | null {
    try {
      return new NeedleSearch(MODULE.link(memory));
    } catch {
      return null;
    }
  }

  private constructor(functions: Functions<'findPair'>) {
    this.#functions = functions;
  }

  /** Where `needle` stands next in a text that stands in the memory, from `from` on; -1 when it does not. */
  indexOf(text: Buffer, needle: Buffer, from: number): number {
    const [first = 0, other = 0] = [needle[0], needle[OTHER]];
    const limit = text.byteOffset + text.length;
    for (let at = text.byteOffset + from; ; at++) {
      at = this.#functions.findPair(at, limit, first, other);
      if (at >= limit) return -1;
      const place = at - text.byteOffset;
      if (text.subarray(place, place + needle.length).equals(needle)) return place;
    }
  }
}

/** The address of the next two such bytes; `limit` or more when there are none before it. */
function findPair(): Body<'findPair'> {
  const [at, limit, first, other, firsts, others, hits] = [0, 1, 2, 3, 4, 5, 6];
  const inText = isLess(get(at), get(limit));
  const hitsAt = (offset: number): Code =>
    andVector(
      isEqualVector(loadVector(offset, get(at)), get(firsts)),
      isEqualVector(loadVector(offset + OTHER, get(at)), get(others)),
    );
  const stepHits = Array.from({ length: STEP }, (_, index) => hitsAt(index * VECTOR));
  const code = [
    set(firsts, repeated(get(first))),
    set(others, repeated(get(other))),
    block(
      loop([
        branchIf(1, isZero(inText)),
        branchIf(1, isAnyVector(stepHits.reduce((before, hit) => orVector(before, hit)))),
        set(at, add(get(at), number(STEP * VECTOR))),
        branch(0),
      ]),
    ),
    loop(
      when(inText, [
        set(hits, hitsAt(0)),
        when(isAnyVector(get(hits)), answer(add(get(at), trailingZeros(maskOfVector(get(hits)))))),
        set(at, add(get(at), number(VECTOR))),
        branch(1),
      ]),
    ),
    get(limit),
  ];
  return { name: 'findPair', parameters: 4, locals: 0, vectorLocals: 3, code };
}
