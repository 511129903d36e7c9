/**
 * Starts all timed work. A failure of the work is logged, at most once a minute for each kind, and the work runs again
 * at its next time: a periodic job never ends the process.
 */
import type { Logger } from '../core/logger.ts';
import { systemTicker, type Ticker } from '../tail/ticker.ts';

/** A rejected promise counts as a failure. */
type Work = () => unknown;

export interface Timers {
  /** Runs `work` every `ms`. The result stops it; `what` names the work in the log. */
  every(ms: number, what: string, work: Work): () => void;
  /** Runs `work` once; the result cancels it. */
  later(ms: number, what: string, work: Work): () => void;
  /** Runs `work` now with the same error handling. */
  now(what: string, work: Work): void;
  /** The interface for modules that schedule themselves. */
  readonly ticker: Ticker;
}

const SAY_EVERY_MS = 60_000;

interface Said {
  atMs: number;
  /** Failures since the last logged one. */
  more: number;
}

export function createTimers(logger: Logger, ticker: Ticker = systemTicker): Timers {
  const said = new Map<string, Said>();

  function failed(what: string, err: unknown): void {
    const nowMs = ticker.monotonicMs();
    const before = said.get(what);
    if (before !== undefined && nowMs - before.atMs < SAY_EVERY_MS) {
      before.more += 1;
      return;
    }
    said.set(what, { atMs: nowMs, more: 0 });
    try {
      logger.error({ err, work: what, more: before?.more ?? 0 }, 'work failed, runs again at its next time');
    } catch {
      // The log cannot be written, and there is no other output.
    }
  }

  function now(what: string, work: Work): void {
    try {
      const result = work();
      if (result instanceof Promise) result.catch((err: unknown) => failed(what, err));
    } catch (err) {
      failed(what, err);
    }
  }

  const later = (ms: number, what: string, work: Work): (() => void) => ticker.after(ms, () => now(what, work));

  return {
    now,
    later,
    every(ms, what, work) {
      let ended = false;
      let cancel = later(ms, what, again);
      function again(): void {
        if (ended) return;
        cancel = later(ms, what, again);
        now(what, work);
      }
      return () => {
        ended = true;
        cancel();
      };
    },
    ticker: {
      monotonicMs: () => ticker.monotonicMs(),
      turn: () => ticker.turn(),
      after: (ms, task) => later(ms, 'following the logs', task),
    },
  };
}
