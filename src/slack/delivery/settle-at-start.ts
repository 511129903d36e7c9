/**
 * Resets the outbox entries of the previous process, whose calls may still be running and whose waits may follow
 * another clock.
 */
import type { WallTime } from '../../core/clock.ts';
import type { OutboxStore } from '../../core/outbox.ts';

/** No wait is longer. A longer one comes from before the clock was set back. */
const MOST_WAIT_MS = 60 * 60_000;

export function settleAtStart(store: OutboxStore, clock: WallTime, settleMs: number): void {
  const now = clock.now();
  for (const entry of store.unsettled()) {
    const due = entry.notBefore > now + MOST_WAIT_MS ? now : entry.notBefore;
    // A call of a killed process may still be running in Slack, so it gets time to arrive.
    const notBefore = entry.state === 'sending' ? Math.max(due, now + settleMs) : due;
    if (notBefore !== entry.notBefore) store.put({ ...entry, notBefore });
  }
}
