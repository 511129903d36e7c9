import type { SteadyClock } from '../../src/core/clock.ts';

/** A clock of which a test says what time it is; nothing ever steps it. */
export function clockAt(now: () => number): SteadyClock {
  return { now, monotonicMs: now, aheadMs: () => 0, takeStep: () => 0, movedMs: () => 0, placed: (at) => at };
}
