/** The interface of all clocks. Tests and replay pass in their own; `service` passes in the system clock. */
export interface Clock {
  /** Wall clock, ms since the epoch: what people and logs read. */
  now(): number;
  /** Milliseconds since some fixed moment; never steps: how long something takes, and when to do it again. */
  monotonicMs(): number;
}

/** For what asks the time and measures nothing. */
export type WallTime = Pick<Clock, 'now'>;

export const systemClock: Clock = { now: () => Date.now(), monotonicMs: () => performance.now() };

/**
 * A wall clock for code that compares stored times: `now()` grows by what really passed, whatever is done to the system's clock.
 * A step (an administrator, a late NTP, a resumed machine) waits until it is taken, and what remembers times is moved by
 * as much in the same turn, so that no duration is ever measured across it.
 */
export interface SteadyClock extends Clock {
  /** How far the system's clock is ahead of `now()`: not 0 between a step and its being taken. */
  aheadMs(): number;
  /** Moves `now()` to the system's clock. Answers by how much; 0: there was no step. */
  takeStep(): number;
  /** By how much `now()` was moved in all. */
  movedMs(): number;
  /**
   * Where a time of the last moments belongs that was read from the system's clock, or before the newest step was taken:
   * of what it may mean the nearest to now.
   */
  placed(at: number): number;
}

/** Less is no step: the two clocks are read one after the other, and NTP may slew one of them. */
const STEP_MS = 500;
/** Probes and lines that were under way when a step was taken have arrived after this. */
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
