/** What the process before this one left: its calls may still be under way, and its waits may be by another clock. */
import type { WallTime } from '../../core/clock.ts';
import type { OutboxStore } from '../../core/outbox.ts';

/** No wait that is given is longer; one that is was given before the clock was set back. */
const MOST_WAIT_MS = 60 * 60_000;

export function settleAtStart(store: OutboxStore, clock: WallTime, settleMs: number): void {
  const now = clock.now();
  for (const entry of store.unsettled()) {
    const due = entry.notBefore > now + MOST_WAIT_MS ? now : entry.notBefore;
    // Calls of a killed process may still be under way at Slack: give them the time to arrive.
    const notBefore = entry.state === 'sending' ? Math.max(due, now + settleMs) : due;
    if (notBefore !== entry.notBefore) store.put({ ...entry, notBefore });
  }
}
