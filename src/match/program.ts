/**
 * Turns regex trees into one flat non-deterministic program that all executors share: `automaton.ts` decides which
 * patterns match, `captures.ts` finds the named parts of the few lines that do.
 */
import { type ByteSet, type RegexNode, RegexRefused } from './regex.ts';

/** What an instruction does: passes one byte, passes any byte of a set, */
export const LETTER = 0;
export const SET = 1;
/** tries `next` first, then `other`, */
export const FORK = 2;
/** remembers where it is in the slot `other`, */
export const SAVE = 3;
/** passes at the end of the line, */
export const END = 4;
/** The pattern `other` matched, or with `~other` what must not follow it. */
export const ACCEPT = 5;

const MAX_INSTRUCTIONS = 4096;
/** Of all patterns together: a hundred times our own. */
const MAX_PROGRAM = 1_048_576;
const NOWHERE = -1;

/** One growing program. `add` compiles a tree and answers where it starts; slots of captures are per tree. */
export class Program {
  /** Of each instruction what it does, where it leads, and what it needs for that: of LETTER the byte, of SET its index. */
  readonly ops: number[] = [];
  readonly next: number[] = [];
  readonly other: number[] = [];
  /** The sets in use, each once. */
  readonly sets: ByteSet[] = [];
  /** 1 for bytes that are a LETTER. */
  readonly letters = new Uint8Array(256);
  readonly #indexes = new Map<ByteSet, number>();

  /**
   * `names` receives the capture names in slot order: slots 2i and 2i+1 hold start and end of `names[i]`.
   * @throws RegexRefused when the tree unrolls to more than 4096 steps, or all trees to more than 1048576
   */
  add(tree: RegexNode, pattern: number, veto: boolean, names: string[]): number {
    const from = this.ops.length;
    if (from > MAX_PROGRAM) throw new RegexRefused(0, `all patterns together unroll to more than ${MAX_PROGRAM} steps`);
    const accept = this.#push(ACCEPT, NOWHERE, veto ? ~pattern : pattern);
    return this.#build(tree, accept, names, from + MAX_INSTRUCTIONS);
  }

  /** Whether the instruction at `at` passes this byte. */
  passes(at: number, byte: number): boolean {
    const op = this.ops[at];
    const other = this.other[at] ?? NOWHERE;
    return op === LETTER ? other === byte : op === SET && this.sets[other]?.[byte] === 1;
  }

  #push(op: number, next: number, other: number): number {
    this.ops.push(op);
    this.next.push(next);
    return this.other.push(other) - 1;
  }

  /** Built back to front: every instruction knows its successor when it is made. */
  #build(node: RegexNode, next: number, names: string[], limit: number): number {
    const length = this.ops.length + (node.kind === 'word' ? node.bytes.length : 0);
    if (length > limit) throw new RegexRefused(0, `unrolls to more than ${MAX_INSTRUCTIONS} steps`);
    switch (node.kind) {
      case 'word':
        return this.#word(node.bytes, next);
      case 'byte':
        return this.#set(node.set, next);
      case 'end-of-line':
        return this.#push(END, next, 0);
      case 'sequence':
        return node.parts.reduceRight((after, part) => this.#build(part, after, names, limit), next);
      case 'choice':
        return node.branches
          .map((branch) => this.#build(branch, next, names, limit))
          .reduceRight((other, first) => this.#push(FORK, first, other));
      case 'capture': {
        const known = names.indexOf(node.name);
        const index = known === NOWHERE ? names.push(node.name) - 1 : known;
        const close = this.#push(SAVE, next, 2 * index + 1);
        const body = this.#build(node.of, close, names, limit);
        return this.#push(SAVE, body, 2 * index);
      }
      case 'repeat':
        return this.#repeat(node, next, names, limit);
    }
  }

  #word(bytes: string, next: number): number {
    let start = next;
    for (let at = bytes.length - 1; at >= 0; at--) start = this.#letter(bytes.charCodeAt(at), start);
    return start;
  }

  #letter(byte: number, next: number): number {
    this.letters[byte] = 1;
    return this.#push(LETTER, next, byte);
  }

  #set(set: ByteSet, next: number): number {
    const byte = set.indexOf(1);
    if (byte >= 0 && set.lastIndexOf(1) === byte) return this.#letter(byte, next);
    let index = this.#indexes.get(set);
    if (index === undefined) {
      index = this.sets.push(set) - 1;
      this.#indexes.set(set, index);
    }
    return this.#push(SET, next, index);
  }

  #repeat(node: RegexNode & { kind: 'repeat' }, next: number, names: string[], limit: number): number {
    let start = next;
    if (node.max === null) {
      start = this.#push(FORK, NOWHERE, NOWHERE);
      const body = this.#build(node.of, start, names, limit);
      this.next[start] = node.lazy ? next : body;
      this.other[start] = node.lazy ? body : next;
    }
    for (let i = node.min; i < (node.max ?? 0); i++) {
      const body = this.#build(node.of, start, names, limit);
      start = node.lazy ? this.#push(FORK, next, body) : this.#push(FORK, body, next);
    }
    for (let i = 0; i < node.min; i++) start = this.#build(node.of, start, names, limit);
    return start;
  }
}
