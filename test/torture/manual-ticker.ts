/** Time that passes only when a test says so. */
import type { Ticker } from '../../src/tail/ticker.ts';

interface Task {
  readonly atMs: number;
  readonly run: () => void;
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

export class ManualTicker implements Ticker {
  #nowMs = 0;
  #tasks = new Set<Task>();

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const task = { atMs: this.#nowMs + delayMs, run };
    this.#tasks.add(task);
    return () => void this.#tasks.delete(task);
  }

  turn(): Promise<void> {
    return nextTurn();
  }

  /** Runs what is due in order, letting the event loop turn after each. */
  async advance(ms: number): Promise<void> {
    const until = this.#nowMs + ms;
    for (;;) {
      const [due] = [...this.#tasks].filter(({ atMs }) => atMs <= until).sort((a, b) => a.atMs - b.atMs);
      if (due === undefined) break;
      this.#tasks.delete(due);
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      due.run();
      await nextTurn();
    }
    this.#nowMs = until;
  }

  /** Forgets every timer: the process that set them is gone. */
  clear(): void {
    this.#tasks.clear();
  }
}
