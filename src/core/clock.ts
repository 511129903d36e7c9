/** The interface of all clocks. Tests and replay pass in their own; `service` passes in the system clock. */
export interface Clock {
  /** Wall clock in ms since the epoch, for people and logs. */
  now(): number;
  /** Milliseconds since a fixed moment, without steps, for durations and timers. */
  monotonicMs(): number;
}

/** For code that needs the time but measures no durations. */
export type WallTime = Pick<Clock, 'now'>;

export const systemClock: Clock = { now: () => Date.now(), monotonicMs: () => performance.now() };

/**
 * A wall clock for code that compares stored times: `now()` grows by what really passed, whatever is done to the system's clock.
 * A step (an administrator, a late NTP, a resumed machine) waits until it is taken, and what remembers times is moved by
 * as much in the same turn, so that no duration is ever measured across it.
 */
export interface SteadyClock extends Clock {
  /** How far the system clock is ahead of `now()`; not 0 while a step is not yet applied. */
  aheadMs(): number;
  /** Moves `now()` to the system clock. Returns the shift; 0 without a step. */
  takeStep(): number;
  /** The sum of all applied steps. */
  movedMs(): number;
  /**
   * Converts a recent time to this clock. The time may come from the system clock, or from before the newest step; the
   * interpretation nearest to now is used.
   */
  placed(at: number): number;
}

/** Smaller differences are no step: the clocks are not read at the same instant, and NTP may slew one of them. */
const STEP_MS = 500;
/** Samples and lines from before a step arrive within this time. */
const LATELY_MS = 60_000;

export function createSteadyClock(system: Clock = systemClock): SteadyClock {
  const offset = (): number => system.now() - system.monotonicMs();
  let anchor = offset();
  const first = anchor;
  let taken = { by: 0, atMs: Number.NEGATIVE_INFINITY };
  const aheadMs = (): number => {
    const ahead = Math.round(offset() - anchor);
    return Math.abs(ahead) < STEP_MS ? 0 : ahead;
  };
  const now = (): number => Math.floor(anchor + system.monotonicMs());
  return {
    now,
    monotonicMs: system.monotonicMs,
    aheadMs,
    takeStep() {
      const by = aheadMs();
      if (by !== 0) taken = { by, atMs: system.monotonicMs() };
      anchor += by;
      return by;
    },
    movedMs: () => Math.round(anchor - first),
    placed(at) {
      const ahead = aheadMs();
      const isLately = system.monotonicMs() - taken.atMs < LATELY_MS;
      const meant = [at, ...(ahead === 0 ? [] : [at - ahead]), ...(isLately ? [at + taken.by] : [])];
      const distance = (other: number): number => Math.abs(other - now());
      return meant.reduce((best, other) => (distance(other) < distance(best) ? other : best));
    },
  };
}
