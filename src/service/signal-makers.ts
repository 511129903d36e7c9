/**
 * Builds the signal parser of each error log over one catalogue and one matcher. Signals hold no text of clients or
 * applications, so no later stage can show, keep or send it.
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
  /**
   * Reloads the folders for all sources. Throws GapwatchError for an invalid pattern and keeps the previous catalogue.
   */
  reload(): void;
}

export interface SignalMakerOptions {
  /** Null means the time zone of this host, with daylight saving. */
  readonly timezoneOffsetMinutes?: number | null;
  /** Called instead of a throw when a pattern is invalid at start. The built-in patterns are then used alone. */
  readonly onInvalid?: (error: unknown) => void;
  /** Beginnings of paths that the configuration names. */
  readonly pathPrefixes?: () => readonly string[];
}

function firstMatcher(folders: readonly string[], onInvalid: SignalMakerOptions['onInvalid']): Matcher {
  try {
    return loadMatcher(folders);
  } catch (error) {
    if (onInvalid === undefined) throw error;
    onInvalid(error);
    return loadMatcher([]);
  }
}

/** nginx logs local time; this is the current offset from UTC. */
const localOffsetMinutes = (clock: WallTime): number => -new Date(clock.now()).getTimezoneOffset();

/** Throws GapwatchError CONFIG when a pattern is invalid. */
export function loadMatcher(folders: readonly string[], makeScanner?: MakeScanner): Matcher {
  // Tests prove the fast reader for the built-in patterns only.
  return createMatcher(
    folders.length === 0 ? compileCatalogue(readBuiltInPatterns()) : loadCatalogue([...folders, BUILT_IN_PATTERNS]),
    makeScanner,
  );
}

/** Throws GapwatchError CONFIG when a pattern is invalid and there is no `onInvalid`. */
export function loadSignalMakers(
  folders: readonly string[],
  clock: WallTime,
  { timezoneOffsetMinutes = null, onInvalid, pathPrefixes }: SignalMakerOptions = {},
): SignalMakers {
  let matcher = firstMatcher(folders, onInvalid);
  return {
    forSource(source) {
      const offsetNow = (): number => timezoneOffsetMinutes ?? localOffsetMinutes(clock);
      const maker = (offset: number) => ({
        matcher,
        offset,
        make: createSignalMaker(matcher, { source, clock, timezoneOffsetMinutes: offset }),
      });
      const redacted = createSignalRedactor(createPathNumbers(pathPrefixes));
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
