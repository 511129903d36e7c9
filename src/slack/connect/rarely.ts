/** What happens often is said once a minute: a peer that repeats itself must not fill the log. */
import type { Clock } from '../../core/clock.ts';

/** Calls `say` with how often it happened since it was last said; at most once a minute for each key. */
export type Rarely = (key: string, say: (times: number) => void) => void;

const EVERY_MS = 60_000;
/** Keys may come from outside. */
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
