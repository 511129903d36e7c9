/** Computes the pause after a search of a log's folder, so that a folder full of names delays only this log. */
const SHORT_MS = 8;
/** The rest in searches. */
const REST = 4;
const LONGEST_MS = 2000;

export class SearchRest {
  /** 0 when the last search was short. */
  ms = 0;
  readonly #monotonicMs: () => number;

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  async after<T>(search: () => Promise<T>): Promise<T> {
    const startedAtMs = this.#monotonicMs();
    const found = await search();
    const tookMs = this.#monotonicMs() - startedAtMs;
    if (tookMs > SHORT_MS) this.ms = Math.min(LONGEST_MS, tookMs * REST);
    return found;
  }
}
