/** Limits a repeated log message to once a minute, so that a peer cannot fill the log. */
import type { Clock } from '../../core/clock.ts';

/** Calls `say` with the number of occurrences since the last call, at most once a minute for each key. */
export type Rarely = (key: string, say: (times: number) => void) => void;

const EVERY_MS = 60_000;
/** A remote peer may choose the keys. */
const MOST_KEYS = 100;

export function createRarely(clock: Clock): Rarely {
  const spoken = new Map<string, { at: number; times: number }>();
  return (key, say) => {
    const now = clock.monotonicMs();
    const known = spoken.get(key) ?? { at: Number.NEGATIVE_INFINITY, times: 0 };
    known.times += 1;
    if (now - known.at >= EVERY_MS) {
      if (spoken.size >= MOST_KEYS) spoken.clear();
      say(known.times);
      known.at = now;
      known.times = 0;
    }
    spoken.set(key, known);
  };
}
