/** Decides when the next call may start: rate limits per channel, Retry-After waits and refused channels. */
import type { Clock } from '../../core/clock.ts';

export type CallKind = 'post' | 'edit';

export interface PaceConfig {
  readonly postIntervalMs: number;
  readonly editIntervalMs: number;
}

export interface Pace {
  may(kind: CallKind, channel: string): boolean;
  did(kind: CallKind, channel: string): void;
  /** Retry-After holds a method in the whole workspace. */
  holdMethod(kind: CallKind, forMs: number): void;
  holdChannel(channel: string, forMs: number): void;
  holdAll(forMs: number): void;
}

/** Slack limits an app to 50 edits a minute in the whole workspace (Tier 3). */
const WORKSPACE_INTERVAL_MS = 1_200;
const STRAINED_MS = 60_000;

export function createPace(config: PaceConfig, { monotonicMs }: Pick<Clock, 'monotonicMs'>): Pace {
  const next = new Map<string, number>();
  const strainedUntil = new Map<CallKind, number>();
  const hold = (key: string, forMs: number): void =>
    void next.set(key, Math.max(monotonicMs() + forMs, next.get(key) ?? Number.NEGATIVE_INFINITY));
  const isFree = (key: string): boolean => (next.get(key) ?? Number.NEGATIVE_INFINITY) <= monotonicMs();
  return {
    may: (kind, channel) => ['all', kind, `in:${channel}`, `${kind}:${channel}`].every(isFree),
    did(kind, channel) {
      hold(`${kind}:${channel}`, kind === 'post' ? config.postIntervalMs : config.editIntervalMs);
      // After a rate limit one call at a time: otherwise all channels would be refused again.
      if (monotonicMs() < (strainedUntil.get(kind) ?? Number.NEGATIVE_INFINITY)) hold(kind, WORKSPACE_INTERVAL_MS);
    },
    holdMethod(kind, forMs) {
      hold(kind, forMs);
      strainedUntil.set(kind, monotonicMs() + forMs + STRAINED_MS);
    },
    holdChannel: (channel, forMs) => hold(`in:${channel}`, forMs),
    holdAll: (forMs) => hold('all', forMs),
  };
}
