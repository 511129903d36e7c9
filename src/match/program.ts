/**
 * Turns regex trees into one flat non-deterministic program that all executors share: `automaton.ts` decides which
 * patterns match, `captures.ts` finds the named parts of the few lines that do.
 */
import { type ByteSet, only, type RegexNode, RegexRefused } from './regex.ts';

export type Instruction =
  | { readonly op: 'byte'; readonly set: ByteSet; next: number }
  /** Tries `next` first, then `other`. */
  | { readonly op: 'fork'; next: number; other: number }
  | { readonly op: 'save'; readonly slot: number; next: number }
  | { readonly op: 'end'; next: number }
  /** The pattern matched; `veto`: what must not follow it did. */
  | { readonly op: 'accept'; readonly pattern: number; readonly veto: boolean };

const MAX_INSTRUCTIONS = 4096;
const NOWHERE = -1;

/** One growing program. `add` compiles a tree and answers where it starts; slots of captures are per tree. */
export class Program {
  readonly code: Instruction[] = [];

  /**
   * `names` receives the capture names in slot order: slots 2i and 2i+1 hold start and end of `names[i]`.
   * @throws RegexRefused when the tree unrolls to more than 4096 steps
   */
  add(tree: RegexNode, pattern: number, veto: boolean, names: string[]): number {
    const from = this.code.length;
    const accept = this.#push({ op: 'accept', pattern, veto });
    return this.#build(tree, accept, names, from + MAX_INSTRUCTIONS);
  }

  #push(instruction: Instruction): number {
    return this.code.push(instruction) - 1;
  }

  /** Built back to front: every instruction knows its successor when it is made. */
  #build(node: RegexNode, next: number, names: string[], limit: number): number {
    const length = this.code.length + (node.kind === 'word' ? node.bytes.length : 0);
    if (length > limit) throw new RegexRefused(0, `unrolls to more than ${MAX_INSTRUCTIONS} steps`);
    switch (node.kind) {
      case 'word':
        return this.#word(node.bytes, next);
      case 'byte':
        return this.#push({ op: 'byte', set: node.set, next });
      case 'end-of-line':
        return this.#push({ op: 'end', next });
      case 'sequence':
        return node.parts.reduceRight((after, part) => this.#build(part, after, names, limit), next);
      case 'choice':
        return node.branches
          .map((branch) => this.#build(branch, next, names, limit))
          .reduceRight((other, first) => this.#push({ op: 'fork', next: first, other }));
      case 'capture': {
        const known = names.indexOf(node.name);
        const index = known === NOWHERE ? names.push(node.name) - 1 : known;
        const close = this.#push({ op: 'save', slot: 2 * index + 1, next });
        const body = this.#build(node.of, close, names, limit);
        return this.#push({ op: 'save', slot: 2 * index, next: body });
      }
      case 'repeat':
        return this.#repeat(node, next, names, limit);
    }
  }

  #word(bytes: string, next: number): number {
    let start = next;
    for (let at = bytes.length - 1; at >= 0; at--) {
      start = this.#push({ op: 'byte', set: only(bytes.charCodeAt(at)), next: start });
    }
    return start;
  }

  #repeat(node: RegexNode & { kind: 'repeat' }, next: number, names: string[], limit: number): number {
    let start = next;
    if (node.max === null) {
      const loop = { op: 'fork' as const, next: NOWHERE, other: NOWHERE };
      const at = this.#push(loop);
      const body = this.#build(node.of, at, names, limit);
      loop.next = node.lazy ? next : body;
      loop.other = node.lazy ? body : next;
      start = at;
    }
    for (let i = node.min; i < (node.max ?? 0); i++) {
      const body = this.#build(node.of, start, names, limit);
      start = this.#push(node.lazy ? { op: 'fork', next, other: body } : { op: 'fork', next: body, other: next });
    }
    for (let i = 0; i < node.min; i++) start = this.#build(node.of, start, names, limit);
    return start;
  }
}
