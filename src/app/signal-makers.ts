/**
 * One catalogue and one matcher for all error logs; a maker of signals for each. What it makes holds no text of clients or
 * applications, so nothing behind it can show, keep or send any.
 */
import type { Clock } from '../core/clock.ts';
import type { LineBatch } from '../core/line.ts';
import type { Signal } from '../core/signal.ts';
import { BUILT_IN_PATTERNS, readBuiltInPatterns } from '../match/built-in-patterns.ts';
import { loadCatalogue } from '../match/catalogue.ts';
import { compileCatalogue } from '../match/compile-catalogue.ts';
import { createMatcher, type Matcher } from '../match/matcher.ts';
import { createSignalMaker } from '../match/signal.ts';
import { createPathNumbers } from '../nginx/redacted-request.ts';
import { createSignalRedactor } from '../nginx/redacted-signal.ts';

export interface SignalMakers {
  forSource(source: string): (batch: LineBatch) => readonly Signal[];
  /** Reads the folders again, for every source; throws as at first, and then the patterns in use stay in use. */
  reload(): void;
}

/** nginx writes the host's local time; how far that is ahead of UTC now. */
const localOffsetMinutes = (clock: Clock): number => -new Date(clock.now()).getTimezoneOffset();

/** Throws GapwatchError CONFIG when a pattern is wrong. */
export function loadMatcher(folders: readonly string[]): Matcher {
  // The quick reader is proven by tests for the built-in patterns alone.
  return createMatcher(
    folders.length === 0 ? compileCatalogue(readBuiltInPatterns()) : loadCatalogue([...folders, BUILT_IN_PATTERNS]),
  );
}

/**
 * `timezoneOffsetMinutes` null means this host's, followed through daylight saving. Throws GapwatchError CONFIG when a
 * pattern is wrong.
 */
export function loadSignalMakers(
  folders: readonly string[],
  clock: Clock,
  timezoneOffsetMinutes: number | null = null,
): SignalMakers {
  let matcher = loadMatcher(folders);
  return {
    forSource(source) {
      const offsetNow = (): number => timezoneOffsetMinutes ?? localOffsetMinutes(clock);
      const maker = (offset: number) => ({
        matcher,
        offset,
        make: createSignalMaker(matcher, { source, clock, timezoneOffsetMinutes: offset }),
      });
      const redacted = createSignalRedactor(createPathNumbers());
      let current = maker(offsetNow());
      return (batch) => {
        const offset = offsetNow();
        if (current.offset !== offset || current.matcher !== matcher) current = maker(offset);
        return current.make(batch).map(redacted);
      };
    },
    reload() {
      matcher = loadMatcher(folders);
    },
  };
}
