/**
 * Keeps what the settings were and since when, and what could not be seen, in the store: the digest tells what changed
 * since yesterday from it. One entry a change, as few as needed.
 */
import type { NotObservable } from '../core/diagnosis.ts';
import { redact, redactAll } from '../core/redact.ts';
import type { Settings } from '../core/settings.ts';
import type { LogLevel } from '../core/signal.ts';
import { type Directive, directivesOf, driftBetween, loggedFrom } from '../digest/directives.ts';
import { withoutTokens } from '../nginx/plain-name.ts';
import type { Facts } from '../store/facts.ts';

interface Recorded {
  /** In force from then on. */
  readonly at: number;
  readonly directives: readonly Directive[];
  readonly loggedFrom: LogLevel | null;
}

export interface SettingsHistory {
  /** Call it after each discovery. Null settings (no nginx, unreadable config) change nothing but the blind spots. */
  record(settings: Settings | null, notObservable: readonly NotObservable[], at: number): void;
  /** In force at `at`; null before the first record. */
  at(at: number): Recorded | null;
  blindSpots(): readonly NotObservable[];
}

/** A month of one change a day. */
const KEPT = 32;
/** Of a configuration with tens of thousands of sites the first are compared, those of the whole nginx among them. */
const MOST_DIRECTIVES = 5000;
const HISTORY = 'settings:history';
const BLIND = 'settings:blind-spots';

const shown = ({ name, value }: Directive): Pick<Directive, 'name' | 'value'> => ({
  name: withoutTokens(redact(name, 'keep')),
  value: withoutTokens(redact(value, 'keep')),
});

export function createSettingsHistory(facts: Facts): SettingsHistory {
  // Written by `record` alone, so the shapes are known.
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
      // What only moved to another line keeps its time and gets its new place.
      const since = same ? newest.at : at;
      const earlier = same ? known.slice(0, -1) : known;
      facts.set(HISTORY, [...earlier.slice(1 - KEPT), { at: since, directives, loggedFrom: loggedFrom(settings) }]);
    },
    at: (at) => history().findLast((recorded) => recorded.at <= at) ?? null,
    blindSpots: () => (facts.get(BLIND) as readonly NotObservable[] | null) ?? [],
  };
}
