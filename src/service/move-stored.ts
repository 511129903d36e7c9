/**
 * Shifts stored times after a step of the wall clock: the journal, waiting messages and mutes. Finished records keep
 * the time with which they were written.
 */
import type { Mute } from '../slack/ports.ts';
import type { Store } from '../store/store.ts';
import { MUTES } from './mutes.ts';

/** Must be called inside a transaction. */
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
