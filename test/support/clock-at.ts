import type { Clock } from '../../src/core/clock.ts';

/** A clock of which a test says what time it is; nothing ever steps it. */
export function clockAt(now: () => number): Clock {
  return { now, monotonicMs: now };
}
