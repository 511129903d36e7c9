/**
 * The directives of one block, by name. A configuration has hundreds of thousands of blocks with a handful each, for
 * which an index would take more memory than they do; those are searched.
 */
import type { ConfigNode } from './config-tree.ts';

/** Most directives that are searched without an index. */
export const FEW = 8;

export class Directives {
  readonly #nodes: readonly ConfigNode[];
  readonly #index: ReadonlyMap<string, readonly ConfigNode[]> | null;

  /** In the order written. */
  constructor(nodes: readonly ConfigNode[]) {
    // A copy has no room to grow, which a filtered list has.
    this.#nodes = nodes.slice();
    this.#index = nodes.length > FEW ? indexOf(nodes) : null;
  }

  /** Of that name, in the order written; undefined when there is none. */
  get(name: string): readonly ConfigNode[] | undefined {
    if (this.#index !== null) return this.#index.get(name);
    return this.has(name) ? this.#nodes.filter((node) => node.name === name) : undefined;
  }

  has(name: string): boolean {
    return this.#index?.has(name) ?? this.#nodes.some((node) => node.name === name);
  }

  /** Some more than once. */
  names(): Iterable<string> {
    return this.#index?.keys() ?? this.#nodes.map(({ name }) => name);
  }
}

function indexOf(nodes: readonly ConfigNode[]): ReadonlyMap<string, readonly ConfigNode[]> {
  const found = new Map<string, ConfigNode[]>();
  for (const node of nodes) {
    const same = found.get(node.name);
    if (same === undefined) found.set(node.name, [node]);
    else same.push(node);
  }
  return found;
}
