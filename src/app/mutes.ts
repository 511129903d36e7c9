/** Mutes: who wants to hear nothing, of what, until when. They silence Slack only; incidents are kept all the same. */
import type { Incident } from '../core/incident.ts';
import type { Mute } from '../slack/ports.ts';
import type { Facts } from '../store/facts.ts';

export interface Mutes {
  /** Those in force. */
  list(): readonly Mute[];
  /** `until` not after now ends the mute of the same host and cause. */
  set(mute: Mute): void;
  /** The mute that silences this incident; null when none does. */
  of(incident: Incident): Mute | null;
}

const PREFIX = 'mute:';
const keyOf = ({ host, cause }: Pick<Mute, 'host' | 'cause'>): string => `${PREFIX}${host ?? '*'}:${cause ?? '*'}`;

export function createMutes(facts: Facts, now: () => number): Mutes {
  const list = (): Mute[] => {
    const all = facts.list(PREFIX).map(({ key, value }) => ({ key, mute: value as Mute }));
    for (const { key, mute } of all) if (mute.until <= now()) facts.delete(key);
    return all.map(({ mute }) => mute).filter((mute) => mute.until > now());
  };
  return {
    list,
    set: (mute) => (mute.until > now() ? facts.set(keyOf(mute), mute) : facts.delete(keyOf(mute))),
    of: ({ host, cause }) =>
      list().find(
        (mute) => (mute.host === null || mute.host === host) && (mute.cause === null || mute.cause === cause),
      ) ?? null,
  };
}
