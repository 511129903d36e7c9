/**
 * Work that is asked for by lines of a log: done soon after the first, so that its neighbours are in, and not again for a
 * while, however many follow. A flood then costs what one line a second costs.
 */
import type { Ticker } from '../tail/ticker.ts';

export interface Pace {
  /** From the first request to the work. */
  readonly afterMs: number;
  /** From the end of the work to the next. */
  readonly againMs: number;
}

export interface Paced {
  ask(): void;
  /** At once; what was asked for is done with it. */
  run(): void;
  /** Does what was asked for, and nothing after that. */
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
