/** One catalogue and one matcher for all error logs; a maker of signals for each. */
import type { Clock } from '../core/clock.ts';
import type { LineBatch } from '../core/line.ts';
import type { Signal } from '../core/signal.ts';
import { BUILT_IN_PATTERNS, loadCatalogue } from '../match/catalogue.ts';
import { createMatcher } from '../match/matcher.ts';
import { createSignalMaker } from '../match/signal.ts';

export interface SignalMakers {
  forSource(source: string): (batch: LineBatch) => readonly Signal[];
}

/** nginx writes the host's local time; how far that is ahead of UTC now. */
const localOffsetMinutes = (clock: Clock): number => -new Date(clock.now()).getTimezoneOffset();

/**
 * `timezoneOffsetMinutes` null means this host's, followed through daylight saving. Throws GapwatchError CONFIG when a
 * pattern is wrong.
 */
export function loadSignalMakers(
  folders: readonly string[],
  clock: Clock,
  timezoneOffsetMinutes: number | null = null,
): SignalMakers {
  const matcher = createMatcher(loadCatalogue([...folders, BUILT_IN_PATTERNS]));
  return {
    forSource(source) {
      let offset = timezoneOffsetMinutes ?? localOffsetMinutes(clock);
      let make = createSignalMaker(matcher, { source, clock, timezoneOffsetMinutes: offset });
      return (batch) => {
        const now = timezoneOffsetMinutes ?? localOffsetMinutes(clock);
        if (now !== offset) {
          offset = now;
          make = createSignalMaker(matcher, { source, clock, timezoneOffsetMinutes: offset });
        }
        return make(batch);
      };
    },
  };
}
