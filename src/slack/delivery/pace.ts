/** When the next call may go out: Slack's rate per channel, the waits it asked for, and channels it refuses. */

export type CallKind = 'post' | 'edit';

export interface PaceConfig {
  readonly postIntervalMs: number;
  readonly editIntervalMs: number;
}

export interface Pace {
  may(kind: CallKind, channel: string, now: number): boolean;
  did(kind: CallKind, channel: string, now: number): void;
  /** Retry-After counts for a method in the whole workspace. */
  holdMethod(kind: CallKind, until: number): void;
  holdChannel(channel: string, until: number): void;
  holdAll(until: number): void;
}

/** Slack counts an edit to the app's 50 a minute, whatever the channel (Tier 3). */
const WORKSPACE_INTERVAL_MS = 1_200;
const STRAINED_MS = 60_000;

export function createPace(config: PaceConfig): Pace {
  const next = new Map<string, number>();
  const strainedUntil = new Map<CallKind, number>();
  const later = (key: string, until: number): void => void next.set(key, Math.max(until, next.get(key) ?? 0));
  return {
    may: (kind, channel, now) =>
      ['all', kind, `in:${channel}`, `${kind}:${channel}`].every((key) => (next.get(key) ?? 0) <= now),
    did(kind, channel, now) {
      later(`${kind}:${channel}`, now + (kind === 'post' ? config.postIntervalMs : config.editIntervalMs));
      // After a refusal one call at a time: all channels at once would be refused again and again.
      if (now < (strainedUntil.get(kind) ?? 0)) later(kind, now + WORKSPACE_INTERVAL_MS);
    },
    holdMethod(kind, until) {
      later(kind, until);
      strainedUntil.set(kind, until + STRAINED_MS);
    },
    holdChannel: (channel, until) => later(`in:${channel}`, until),
    holdAll: (until) => later('all', until),
  };
}
