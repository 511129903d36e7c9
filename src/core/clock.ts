/** The only source of time. Tests and replay bring their own; `app` brings the real one. */
export interface Clock {
  /** Wall clock, ms since the epoch. May step. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };
