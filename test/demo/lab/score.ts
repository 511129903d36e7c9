/** Judges what the service said about one run against what the scenario expects. */
import type { RunResult } from '../../../src/demo/lab/run-scenario.ts';
import type { Expected } from '../../../src/demo/lab/scenario.ts';
import type { WatchedEvent } from './watcher.ts';

export interface Score {
  /**
   * `silent`: nothing opened, which is wrong unless the scenario allows it. `cannot tell`: opened without ever naming a
   * cause, a miss but no untruth.
   */
  readonly verdict: 'right' | 'silent' | 'cannot tell' | 'wrong cause' | 'false alarm';
  readonly ok: boolean;
  /** Causes of the incidents in the order they were opened or renamed, without repeats. */
  readonly named: readonly string[];
  /** Seconds from the first lost ordinary client to the first right incident; negative: before it. Null: one of the two never was. */
  readonly secondsToOpen: number | null;
}

/** The cause of an incident that is open while the evidence does not decide. */
const UNDECIDED = 'cannot-tell';
const NAMING: ReadonlySet<string> = new Set(['incident.opened', 'incident.changed']);

/** Wrong is whatever names a cause that the scenario does not know, at any moment of the run. */
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
