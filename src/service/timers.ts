/**
 * The one place where work is started by the clock. What fails there, a full disk or a bug of ours, is said, at most once
 * a minute for each kind of work, and comes again at its time: a periodic job never ends the process.
 */
import type { Logger } from '../core/logger.ts';
import { systemTicker, type Ticker } from '../tail/ticker.ts';

/** A promise that rejects counts as a failure too. */
type Work = () => unknown;

export interface Timers {
  /** Again and again, from `ms` after each start; the answer ends it. `what` names the work in the log. */
  every(ms: number, what: string, work: Work): () => void;
  /** Once; the answer cancels it. */
  later(ms: number, what: string, work: Work): () => void;
  /** Now, with the same care: for work that something else than the clock starts. */
  now(what: string, work: Work): void;
  /** The seam for modules that bring their own timing. */
  readonly ticker: Ticker;
}

const SAY_EVERY_MS = 60_000;

interface Said {
  atMs: number;
  /** Failures since then that were not said. */
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
      logger.error({ err, work: what, more: before?.more ?? 0 }, 'work failed and comes again');
    } catch {
      // The log itself cannot be written: there is no other place to say it.
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
