/**
 * Runs work soon after the first request and then at most once per interval, so that a flood of log lines costs as much
 * as one line a second.
 */
import type { Ticker } from '../tail/ticker.ts';

export interface Pace {
  /** Delay from the first request to the work. */
  readonly afterMs: number;
  /** Least time from the end of the work to the next run. */
  readonly againMs: number;
}

export interface Paced {
  ask(): void;
  /** Runs the work now. It also satisfies a waiting request. */
  run(): void;
  /** Runs waiting work and ignores later requests. */
  finish(): void;
}

export function createPaced(work: () => void, { afterMs, againMs }: Pace, ticker: Ticker): Paced {
  let cancel: (() => void) | null = null;
  let endedAt = Number.NEGATIVE_INFINITY;
  let finished = false;

  function run(): void {
    cancel?.();
    cancel = null;
    try {
      work();
    } finally {
      endedAt = ticker.monotonicMs();
    }
  }

  return {
    ask() {
      if (finished) return;
      cancel ??= ticker.after(Math.max(afterMs, endedAt + againMs - ticker.monotonicMs()), run);
    },
    run,
    finish() {
      finished = true;
      if (cancel !== null) run();
    },
  };
}
