/** Lines of one batch that become one signal: the text of the first, the end of the last, counts by client and peer. */
import { BUSIEST_KINDS, type BusiestKind, commonCaptures, keyOf, type Signal } from '../core/signal.ts';
import type { HeavyKey } from '../core/space-saving.ts';
import { KeyCounts } from './key-counts.ts';
import type { MatchedLine } from './matched-line.ts';

export class Fold {
  readonly #first: Signal;
  /** The lines may differ: the signal keeps only what all of them say. */
  readonly #isMixed: boolean;
  #captures: Signal['captures'];
  readonly #counts = new Map<BusiestKind, KeyCounts>();
  #count = 1;
  #connection: number | null;
  #lastStart = -1;
  #lastEnd = -1;

  constructor(first: Signal, isMixed: boolean) {
    this.#first = first;
    this.#isMixed = isMixed;
    this.#captures = first.captures;
    this.#connection = first.connection;
  }

  /** Adds a line, at `[start, end)` of the batch. */
  add(line: MatchedLine, start: number, end: number): void {
    for (const kind of BUSIEST_KINDS) this.#countKey(kind, keyOf(line, kind));
    if (this.#isMixed) this.#captures = commonCaptures(this.#captures, line.captures);
    this.#count++;
    // One connection that says it again and again is another thing than many that say it once.
    if (this.#connection !== line.connection) this.#connection = null;
    this.#lastStart = start;
    this.#lastEnd = end;
  }

  /** `textOf` decodes a line of the batch. */
  signal(textOf: (start: number, end: number) => string): Signal {
    if (this.#count === 1) return this.#first;
    const lastLine = textOf(this.#lastStart, this.#lastEnd);
    const signal = {
      ...this.#first,
      captures: this.#captures,
      connection: this.#connection,
      count: this.#count,
      lastLine,
    };
    if (this.#counts.size === 0) return signal;
    const busiest: { [K in BusiestKind]?: readonly HeavyKey[] } = {};
    for (const [kind, counts] of this.#counts) busiest[kind] = counts.summary();
    return { ...signal, busiest };
  }

  #countKey(kind: BusiestKind, key: string | undefined): void {
    const counts = this.#counts.get(kind) ?? this.#beginCounts(kind, key);
    if (key !== undefined) counts?.add(key, 1);
  }

  /** Nothing is counted before a line differs from the first; those before it are the first's. */
  #beginCounts(kind: BusiestKind, key: string | undefined): KeyCounts | null {
    const own = keyOf(this.#first, kind);
    if (own === key) return null;
    const counts = new KeyCounts();
    if (own !== undefined) counts.add(own, this.#count);
    this.#counts.set(kind, counts);
    return counts;
  }
}
