/** Compares the events of the service in one run with what the scenario expects. */
import type { RunResult } from '../../../src/demo/lab/run-scenario.ts';
import type { Expected } from '../../../src/demo/lab/scenario.ts';
import type { WatchedEvent } from './watcher.ts';

export interface Score {
  /**
   * `silent`: no incident, which is wrong unless the scenario allows it. `cannot tell`: an incident without a cause, a
   * miss but not a wrong cause.
   */
  readonly verdict: 'right' | 'silent' | 'cannot tell' | 'wrong cause' | 'false alarm';
  readonly ok: boolean;
  /** Causes of the incidents in the order in which they were opened or renamed, without repeats. */
  readonly named: readonly string[];
  /**
   * Seconds from the first lost ordinary client to the first right incident; negative when it came before. Null when
   * one of the two is missing.
   */
  readonly secondsToOpen: number | null;
}

/** The cause of an incident while the evidence is not sufficient. */
const UNDECIDED = 'cannot-tell';
const NAMING: ReadonlySet<string> = new Set(['incident.opened', 'incident.changed']);

/** A run is wrong when any cause is named that the scenario does not allow. */
export function score(expected: Expected, result: RunResult, events: readonly WatchedEvent[]): Score {
  const namings = events.flatMap((event) =>
    NAMING.has(event.type) && event.incident !== undefined
      ? [{ cause: event.incident.cause, at: Date.parse(event.at) }]
      : [],
  );
  const named = [...new Set(namings.map((naming) => naming.cause))];
  if (expected.cause === null) {
    const quiet = named.length === 0;
    return { verdict: quiet ? 'right' : 'false alarm', ok: quiet, named, secondsToOpen: null };
  }
  const allowed = new Set([expected.cause, ...(expected.alsoAllowed ?? [])]);
  if (named.length === 0) return { verdict: 'silent', ok: expected.mayStaySilent === true, named, secondsToOpen: null };
  const right = namings.find((naming) => allowed.has(naming.cause));
  const wrong = named.some((cause) => cause !== UNDECIDED && !allowed.has(cause));
  const secondsToOpen =
    right === undefined || result.firstLossAt === null ? null : (right.at - result.firstLossAt) / 1000;
  const verdict = wrong ? 'wrong cause' : right === undefined ? 'cannot tell' : 'right';
  return { verdict, ok: verdict === 'right', named, secondsToOpen };
}
