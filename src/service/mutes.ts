/**
 * Keeps the mutes: who silenced which host or cause until when. Open maintenance windows count as mutes. A mute
 * silences Slack only; incidents are still recorded.
 */

import { fitsGlob } from '../core/glob.ts';
import type { Incident } from '../core/incident.ts';
import type { Windows } from '../schedule/maintenance/windows.ts';
import type { Mute } from '../slack/ports.ts';
import type { Facts } from '../store/facts.ts';

export interface Mutes {
  /** The mutes in force, maintenance windows last. */
  list(): readonly Mute[];
  /** A mute with `until` in the past ends the mute of the same host and cause. */
  set(mute: Mute): void;
  /** The mute that silences this incident; null when none does. */
  of(incident: Pick<Incident, 'host' | 'cause'>): Mute | null;
}

export interface MutesDeps {
  readonly facts: Facts;
  readonly windows: Pick<Windows, 'open'>;
  now(): number;
}

/** Prefix of the store keys of mutes. */
export const MUTES = 'mute:';
const keyOf = ({ host, cause }: Pick<Mute, 'host' | 'cause'>): string => `${MUTES}${host ?? '*'}:${cause ?? '*'}`;

export function createMutes({ facts, windows, now }: MutesDeps): Mutes {
  const list = (): Mute[] => {
    const at = now();
    const all = facts.list(MUTES).map(({ key, value }) => ({ key, mute: value as Mute }));
    for (const { key, mute } of all) if (mute.until <= at) facts.delete(key);
    return [...all.map(({ mute }) => mute).filter((mute) => mute.until > at), ...windows.open(at)];
  };
  return {
    list,
    set: (mute) => (mute.until > now() ? facts.set(keyOf(mute), mute) : facts.delete(keyOf(mute))),
    of: ({ host, cause }) =>
      list().find(
        (mute) => (mute.host === null || fitsGlob(mute.host, host)) && (mute.cause === null || mute.cause === cause),
      ) ?? null,
  };
}
