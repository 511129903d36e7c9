/** An outbox store that forgets, for tests of what stands above it. Copies on the way in and out, as a real one does. */
import type { OutboxEntry, OutboxStore } from '../../src/core/outbox.ts';

export function memoryOutbox(): OutboxStore {
  let entries = new Map<string, OutboxEntry>();
  let depth = 0;
  const sorted = (test: (entry: OutboxEntry) => boolean): OutboxEntry[] =>
    [...entries.values()]
      .filter(test)
      .sort((a, b) => a.seq - b.seq)
      .map((entry) => structuredClone(entry));
  return {
    get: (key) => structuredClone(entries.get(key) ?? null),
    put: (entry) => void entries.set(entry.key, structuredClone(entry)),
    transaction(work) {
      if (depth > 0) return work();
      const before = new Map(entries);
      depth++;
      try {
        return work();
      } catch (error) {
        entries = before;
        throw error;
      } finally {
        depth--;
      }
    },
    nextSeq: () => Math.max(0, ...[...entries.values()].map(({ seq }) => seq)) + 1,
    unsettled: () => sorted(({ state }) => state === 'pending' || state === 'sending'),
    newestSent: () => sorted(({ state }) => state === 'sent').sort((a, b) => b.changedAt - a.changedAt)[0] ?? null,
    children: (parentKey) => sorted((entry) => entry.parentKey === parentKey),
    parentsSince: (channel, sinceMs) =>
      sorted((entry) => entry.kind === 'parent' && entry.channel === channel && entry.createdAt >= sinceMs),
    prune(beforeMs) {
      for (const [key, { state, changedAt, kind, incident }] of entries) {
        const settled = state !== 'pending' && state !== 'sending';
        const needed = kind === 'parent' && incident !== null && incident.state !== 'resolved';
        if (settled && !needed && changedAt < beforeMs) entries.delete(key);
      }
    },
  };
}
