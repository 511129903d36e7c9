/**
 * Which words a line must hold to match a pattern at all. `skip-scan.ts` looks for them to pass over everything else.
 */
import type { ByteSet, RegexNode } from '../regex.ts';

/** Bytes of one literal, each as the character of its number. */
export type Literal = string;

/** More spellings than this of one place are not spelt out. */
const MAX_SPELLINGS = 40;

/**
 * Words of at least `minLength` bytes, of which every match holds one; null when there are none. `cost` says what
 * looking for such a set costs: of all places in the pattern that would do, the cheapest is taken.
 */
export function requiredLiterals(tree: RegexNode, minLength: number, cost: Cost): readonly Literal[] | null {
  const { exact, best } = new LiteralFinder(minLength, cost).visit(tree);
  return better(best, usable(exact, minLength), cost);
}

interface Found {
  /** All that the node can spell, when that is little; null otherwise. */
  readonly exact: readonly Literal[] | null;
  /** The best set inside the node, of which one member must occur. */
  readonly best: readonly Literal[] | null;
}

type Cost = (literals: readonly Literal[]) => number;

function usable(literals: readonly Literal[] | null, minLength: number): readonly Literal[] | null {
  return literals?.every((literal) => literal.length >= minLength) ? literals : null;
}

function better(a: readonly Literal[] | null, b: readonly Literal[] | null, cost: Cost): readonly Literal[] | null {
  if (a === null || b === null) return a ?? b;
  return cost(b) <= cost(a) ? b : a;
}

class LiteralFinder {
  readonly #minLength: number;
  readonly #cost: Cost;

  constructor(minLength: number, cost: Cost) {
    this.#minLength = minLength;
    this.#cost = cost;
  }

  visit(node: RegexNode): Found {
    switch (node.kind) {
      case 'word':
        return { exact: [node.bytes], best: null };
      case 'byte':
        return { exact: spellings(node.set), best: null };
      case 'end-of-line':
        return { exact: [''], best: null };
      case 'capture':
        return this.visit(node.of);
      case 'choice':
        return this.#choice(node.branches.map((branch) => this.visit(branch)));
      case 'sequence':
        return this.#sequence(node.parts);
      case 'repeat':
        return this.#repeat(node);
    }
  }

  #repeat(node: RegexNode & { kind: 'repeat' }): Found {
    const { exact, best } = this.visit(node.of);
    if (node.max === 1 && node.min === 0 && exact !== null) return { exact: limited(['', ...exact]), best: null };
    if (node.min === 1 && node.max === 1) return { exact, best };
    return { exact: null, best: node.min === 0 ? null : better(best, usable(exact, this.#minLength), this.#cost) };
  }

  #choice(branches: readonly Found[]): Found {
    const exact = branches.flatMap((branch) => branch.exact ?? []);
    if (branches.every((branch) => branch.exact !== null) && limited(exact) !== null) return { exact, best: null };
    const sets = branches.map(({ exact: own, best }) => better(best, usable(own, this.#minLength), this.#cost));
    return { exact: null, best: sets.every((set) => set !== null) ? sets.flat() : null };
  }

  /** Neighbours that can be spelt out are joined as long as that stays little. */
  #sequence(parts: readonly RegexNode[]): Found {
    let run: readonly Literal[] = [''];
    let best: readonly Literal[] | null = null;
    let whole = true;
    // What can be spelt in one way only is gathered, so that a run of many spellings is not made anew for each byte.
    let word = '';
    const close = (): void => {
      best = better(best, usable(run, this.#minLength), this.#cost);
      run = [''];
      whole = false;
    };
    for (const part of flattened(parts)) {
      const found = this.visit(part);
      if (found.exact?.length === 1) {
        word += found.exact[0];
        continue;
      }
      run = product(run, [word]) ?? run;
      word = '';
      const joined = found.exact === null ? null : product(run, found.exact);
      if (joined !== null) run = joined;
      else {
        close();
        best = better(best, found.best, this.#cost);
        run = found.exact ?? [''];
      }
    }
    run = product(run, [word]) ?? run;
    if (whole) return { exact: run, best: null };
    close();
    return { exact: null, best };
  }
}

/** Groups do not change the order of the text. */
function flattened(parts: readonly RegexNode[], into: RegexNode[] = []): readonly RegexNode[] {
  for (const part of parts) {
    if (part.kind === 'capture') flattened([part.of], into);
    else if (part.kind === 'sequence') flattened(part.parts, into);
    else into.push(part);
  }
  return into;
}

/** Patterns share their sets: most are one of 256 single bytes. */
const spelt = new WeakMap<ByteSet, readonly Literal[] | null>();

function spellings(set: ByteSet): readonly Literal[] | null {
  const known = spelt.get(set);
  if (known !== undefined) return known;
  const bytes: Literal[] = [];
  for (let byte = set.indexOf(1); byte >= 0; byte = set.indexOf(1, byte + 1)) bytes.push(String.fromCharCode(byte));
  const found = limited(bytes);
  spelt.set(set, found);
  return found;
}

function limited(literals: readonly Literal[]): readonly Literal[] | null {
  return literals.length <= MAX_SPELLINGS ? literals : null;
}

function product(heads: readonly Literal[], tails: readonly Literal[]): readonly Literal[] | null {
  if (heads.length * tails.length > MAX_SPELLINGS) return null;
  const joined: Literal[] = [];
  for (const head of heads) for (const tail of tails) joined.push(head + tail);
  return joined;
}
