/** Picks the next job of a channel: first calls without an answer, then new messages, edits and thread notes. */
import type { OutboxEntry } from '../../core/outbox.ts';
import type { CallKind } from './pace.ts';

export type Job =
  | { readonly kind: 'lookup'; readonly entries: readonly OutboxEntry[] }
  | { readonly kind: 'post' | 'edit'; readonly entry: OutboxEntry }
  | { readonly kind: 'notes'; readonly entries: readonly OutboxEntry[]; readonly parentTs: string };

export interface Queue {
  /** Undelivered entries of one channel, by seq. */
  readonly entries: readonly OutboxEntry[];
  readonly now: number;
  may(kind: CallKind): boolean;
  /** `ts` of the posted message with that key; null while it is not posted. */
  tsOf(key: string): string | null;
}

const NOTES_AT_ONCE = 20;
const TEXT_AT_ONCE = 8_000;

/** A call without an answer, of this process or a killed one. Edits are simply repeated. */
function question({ entries, now }: Queue): Job | null {
  const first = entries.find(({ state, ts, notBefore }) => state === 'sending' && ts === null && notBefore <= now);
  if (first === undefined) return null;
  const together =
    first.batch === null ? [first] : entries.filter(({ batch, state }) => batch === first.batch && state === 'sending');
  return { kind: 'lookup', entries: together };
}

/** Notes of one thread in order, as many as fit into one reply. No note overtakes a waiting one. */
function notes({ entries, now, tsOf }: Queue): Job | null {
  const threads = new Map<string, OutboxEntry[]>();
  for (const entry of entries) {
    if (entry.kind !== 'note' || entry.parentKey === null) continue;
    threads.set(entry.parentKey, [...(threads.get(entry.parentKey) ?? []), entry]);
  }
  for (const [parentKey, waiting] of threads) {
    const parentTs = tsOf(parentKey);
    if (parentTs === null) continue;
    const together: OutboxEntry[] = [];
    let size = 0;
    for (const note of waiting) {
      size += note.message.text.length;
      if (note.state !== 'pending' || note.notBefore > now) break;
      if (together.length > 0 && (together.length >= NOTES_AT_ONCE || size > TEXT_AT_ONCE)) break;
      together.push(note);
    }
    if (together.length > 0) return { kind: 'notes', entries: together, parentTs };
  }
  return null;
}

export function nextJob(queue: Queue): Job | null {
  const { entries, now, may } = queue;
  const open = question(queue);
  if (open !== null) return open;
  const ready = entries.filter(({ kind, state, ts, notBefore }) => {
    const due = state === 'pending' || (state === 'sending' && ts !== null);
    return kind !== 'note' && due && notBefore <= now;
  });
  if (may('post')) {
    const fresh = ready.find(({ ts }) => ts === null);
    if (fresh !== undefined) return { kind: 'post', entry: fresh };
  }
  if (may('edit')) {
    // The entry that has waited longest, so that no message starves in a storm.
    const stale = ready.filter(({ ts }) => ts !== null).sort((a, b) => a.changedAt - b.changedAt)[0];
    if (stale !== undefined) return { kind: 'edit', entry: stale };
  }
  return may('post') ? notes(queue) : null;
}
