/** Removes expired rows from the store and rolls up the series of the digest. */
import type { WallTime } from '../core/clock.ts';
import type { Store } from '../store/store.ts';
import type { TryToStore } from './try-to-store.ts';

/** Retention of raw samples and signals, which bundles contain. */
export const JOURNAL_KEPT_MS = 60 * 60_000;
const JOURNAL_MOST_ROWS = 50_000;
const DAY_MS = 24 * 60 * 60_000;

export function cleanStore(store: Store, tryToStore: TryToStore, clock: WallTime, retentionDays: number): void {
  const now = clock.now();
  const oldest = now - retentionDays * DAY_MS;
  // Runs before the roll-up and in a transaction of its rows alone: on a full disk the removed rows make room for the
  // roll-up.
  tryToStore(() => {
    store.journal.prune(now - JOURNAL_KEPT_MS, JOURNAL_MOST_ROWS);
    store.incidents.prune(oldest);
    store.latencies.prune(oldest);
    store.actions.prune(oldest);
    store.outbox.prune(oldest);
  });
  tryToStore(() => store.series.rollUp(now, retentionDays));
}
