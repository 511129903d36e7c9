/**
 * One catalogue and one matcher for all error logs; a maker of signals for each. What it makes holds no text of clients or
 * applications, so nothing behind it can show, keep or send any.
 */
import type { WallTime } from '../core/clock.ts';
import type { LineBatch } from '../core/line.ts';
import type { Signal } from '../core/signal.ts';
import { BUILT_IN_PATTERNS, readBuiltInPatterns } from '../match/built-in-patterns.ts';
import { loadCatalogue } from '../match/catalogue.ts';
import { compileCatalogue } from '../match/compile-catalogue.ts';
import type { MakeScanner } from '../match/line-scanner.ts';
import { createMatcher, type Matcher } from '../match/matcher.ts';
import { createSignalMaker } from '../match/signal.ts';
import { createPathNumbers } from '../nginx/redacted-request.ts';
import { createSignalRedactor } from '../nginx/redacted-signal.ts';

export interface SignalMakers {
  forSource(source: string): (batch: LineBatch) => readonly Signal[];
  /** Reads the folders again, for every source; throws GapwatchError when a pattern is wrong: those in use stay in use. */
  reload(): void;
}

export interface SignalMakerOptions {
  /** Null means this host's, followed through daylight saving. */
  readonly timezoneOffsetMinutes?: number | null;
  /** Called instead of a throw when a pattern is wrong at first: our own patterns alone are used then. */
  readonly onWrong?: (error: unknown) => void;
}

function firstMatcher(folders: readonly string[], onWrong: SignalMakerOptions['onWrong']): Matcher {
  try {
    return loadMatcher(folders);
  } catch (error) {
    if (onWrong === undefined) throw error;
    onWrong(error);
    return loadMatcher([]);
  }
}

/** nginx writes the host's local time; how far that is ahead of UTC now. */
const localOffsetMinutes = (clock: WallTime): number => -new Date(clock.now()).getTimezoneOffset();

/** Throws GapwatchError CONFIG when a pattern is wrong. */
export function loadMatcher(folders: readonly string[], makeScanner?: MakeScanner): Matcher {
  // The quick reader is proven by tests for the built-in patterns alone.
  return createMatcher(
    folders.length === 0 ? compileCatalogue(readBuiltInPatterns()) : loadCatalogue([...folders, BUILT_IN_PATTERNS]),
    makeScanner,
  );
}

/** Throws GapwatchError CONFIG when a pattern is wrong and there is no `onWrong`. */
export function loadSignalMakers(
  folders: readonly string[],
  clock: WallTime,
  { timezoneOffsetMinutes = null, onWrong }: SignalMakerOptions = {},
): SignalMakers {
  let matcher = firstMatcher(folders, onWrong);
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
