/** The most frequent strings of a few lines of log: exact while there are few, in bounded memory. */
import { CARRIED_KEYS, createSpaceSaving, type HeavyKey } from '../core/space-saving.ts';

const TRACKED = 4 * CARRIED_KEYS;

export class KeyCounts {
  readonly #counts = createSpaceSaving(TRACKED);
  readonly #numbers = new Map<string, number>();
  readonly #keys: string[] = [];

  add(key: string, weight: number): void {
    let index = this.#numbers.get(key);
    if (index === undefined) {
      index = this.#keys.length < TRACKED ? this.#keys.length : this.#counts.yieldLeast();
      this.#numbers.delete(this.#keys[index] ?? '');
      this.#numbers.set(key, index);
      this.#keys[index] = key;
    }
    this.#counts.add(index, weight);
  }

  /** What a signal carries of it, largest first. */
  summary(): readonly HeavyKey[] {
    // A key cut out of a line would keep the whole line in memory.
    const text = (index: number): string => Buffer.from(this.#keys[index] ?? '').toString();
    return this.#counts.top(this.#keys.length, CARRIED_KEYS, text);
  }
}
