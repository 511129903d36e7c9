/**
 * Times in the store by a wall clock that was stepped, as far as something is measured by them: the journal that bundles
 * are cut from, messages that wait, mutes. What is over keeps the time it was written with.
 */
import type { Mute } from '../slack/ports.ts';
import type { Store } from '../store/store.ts';
import { MUTES } from './mutes.ts';

/** To be called in a transaction. */
export function moveStored({ journal, outbox, facts }: Store, byMs: number): void {
  journal.move(byMs);
  for (const entry of outbox.unsettled()) {
    if (entry.notBefore > 0) outbox.put({ ...entry, notBefore: entry.notBefore + byMs });
  }
  for (const { key, value } of facts.list(MUTES)) {
    const mute = value as Mute;
    facts.set(key, { ...mute, until: mute.until + byMs });
  }
}
