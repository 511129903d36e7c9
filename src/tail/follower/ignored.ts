/** Remembers files that are copies of known logs, by identity. Keeps a limited number, the newest. */
import type { BigIntStats } from 'node:fs';
import { identityOf } from './generation.ts';

const MOST = 1024;

export class Ignored {
  readonly #identities = new Set<string>();

  add(stat: BigIntStats): void {
    const [oldest] = this.#identities;
    if (oldest !== undefined && this.#identities.size >= MOST) this.#identities.delete(oldest);
    this.#identities.add(identityOf(stat));
  }

  has(stat: BigIntStats): boolean {
    return this.#identities.has(identityOf(stat));
  }
}
