/** The interface to elapsed time and timers. `service` and `cli` pass in the system's; tests advance theirs by hand. */
export interface Ticker {
  /** Milliseconds since some fixed moment; never steps. */
  monotonicMs(): number;
  /** Runs `task` once after `delayMs`; the answer cancels it. */
  after(delayMs: number, task: () => void): () => void;
  /** Resolves after everything else that waits for the event loop had its turn. */
  turn(): Promise<void>;
}

export const systemTicker: Ticker = {
  monotonicMs: () => performance.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
  turn: () => new Promise((resolve) => setImmediate(resolve)),
};
