/**
 * Records settings and blind spots in the store, one entry for each change. The digest reports from it what changed
 * since yesterday.
 */
import type { NotObservable } from '../core/diagnosis.ts';
import { redact, redactAll } from '../core/redact.ts';
import type { Settings } from '../core/settings.ts';
import type { LogLevel } from '../core/signal.ts';
import { type Directive, directivesOf, driftBetween, loggedFrom } from '../digest/directives.ts';
import { withoutTokens } from '../nginx/plain-name.ts';
import type { Facts } from '../store/facts.ts';

interface Recorded {
  /** In force from this time. */
  readonly at: number;
  readonly directives: readonly Directive[];
  readonly loggedFrom: LogLevel | null;
}

export interface SettingsHistory {
  /** Must be called after each discovery. Null settings (no nginx, unreadable config) update only the blind spots. */
  record(settings: Settings | null, notObservable: readonly NotObservable[], at: number): void;
  /** The entry in force at `at`; null before the first one. */
  at(at: number): Recorded | null;
  blindSpots(): readonly NotObservable[];
}

/** Enough for a month with one change a day. */
const KEPT = 32;
/**
 * Of a configuration with tens of thousands of sites only the first directives are compared, which include the global
 * ones.
 */
const MOST_DIRECTIVES = 5000;
const HISTORY = 'settings:history';
const BLIND = 'settings:blind-spots';

const shown = ({ name, value }: Directive): Pick<Directive, 'name' | 'value'> => ({
  name: withoutTokens(redact(name, 'keep')),
  value: withoutTokens(redact(value, 'keep')),
});

export function createSettingsHistory(facts: Facts): SettingsHistory {
  // Only `record` writes it, so the shapes are known.
  const history = (): readonly Recorded[] => (facts.get(HISTORY) as readonly Recorded[] | null) ?? [];
  return {
    record(settings, notObservable, at) {
      facts.set(BLIND, redactAll(notObservable, 'keep'));
      if (settings === null) return;
      const known = history();
      const newest = known.at(-1);
      const directives = directivesOf(settings)
        .slice(0, MOST_DIRECTIVES)
        .map((directive) => ({ ...directive, ...shown(directive) }));
      const same = newest !== undefined && driftBetween(newest.directives, directives).length === 0;
      // A directive that only moved keeps its time and gets its new line.
      const since = same ? newest.at : at;
      const earlier = same ? known.slice(0, -1) : known;
      facts.set(HISTORY, [...earlier.slice(1 - KEPT), { at: since, directives, loggedFrom: loggedFrom(settings) }]);
    },
    at: (at) => history().findLast((recorded) => recorded.at <= at) ?? null,
    blindSpots: () => (facts.get(BLIND) as readonly NotObservable[] | null) ?? [],
  };
}
