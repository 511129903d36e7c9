/** What every OutboxStore promises; run for each implementation. */
import { describe, expect, it } from 'vitest';
import type { OutboxEntry, OutboxStore } from '../../src/core/outbox.ts';
import { incident } from '../slack/support/incident.ts';

function entry(over: Partial<OutboxEntry> = {}): OutboxEntry {
  return {
    key: 'incident:1',
    kind: 'parent',
    channel: 'C1',
    parentKey: null,
    seq: 1,
    message: {
      text: 'a',
      blocks: [{ type: 'divider' }],
      eventType: 'gapwatch_incident',
      eventPayload: { id: '1', rev: 1 },
    },
    incident: incident(),
    picture: null,
    wantedRev: 1,
    sentRev: null,
    state: 'pending',
    ts: null,
    batch: null,
    attempts: 0,
    notBefore: 0,
    createdAt: 1_000,
    changedAt: 1_000,
    error: null,
    ...over,
  };
}

export function outboxStoreContract(name: string, open: () => OutboxStore): void {
  describe(`${name} as an outbox store`, () => {
    it('gives back what was put, and the newest of it', () => {
      const store = open();
      expect(store.get('incident:1')).toBeNull();
      store.put(entry());
      expect(store.get('incident:1')).toEqual(entry());
      store.put(entry({ state: 'sent', ts: '1.1', wantedRev: 3 }));
      expect(store.get('incident:1')).toEqual(entry({ state: 'sent', ts: '1.1', wantedRev: 3 }));
    });

    it('counts new entries upwards', () => {
      const store = open();
      expect(store.nextSeq()).toBe(1);
      store.put(entry({ seq: 7 }));
      expect(store.nextSeq()).toBe(8);
    });

    it('lists what is pending or under way, oldest first', () => {
      const store = open();
      store.put(entry({ key: 'b', seq: 2, state: 'sending' }));
      store.put(entry({ key: 'a', seq: 1 }));
      for (const state of ['sent', 'failed', 'folded'] as const) store.put(entry({ key: state, seq: 3, state }));
      expect(store.unsettled().map(({ key }) => key)).toEqual(['a', 'b']);
    });

    it('lists the children of a message in order, also after they were moved', () => {
      const store = open();
      store.put(entry({ key: 'n2', seq: 3, kind: 'note', parentKey: 'p' }));
      store.put(entry({ key: 'n1', seq: 2, kind: 'note', parentKey: 'p' }));
      store.put(entry({ key: 'n1', seq: 2, kind: 'note', parentKey: 'q' }));
      expect(store.children('p').map(({ key }) => key)).toEqual(['n2']);
      expect(store.children('q').map(({ key }) => key)).toEqual(['n1']);
    });

    it('lists the parents of a channel since a time', () => {
      const store = open();
      store.put(entry({ key: 'old', seq: 1, createdAt: 1 }));
      store.put(entry({ key: 'new', seq: 2, createdAt: 10 }));
      store.put(entry({ key: 'note', seq: 3, kind: 'note', createdAt: 10 }));
      store.put(entry({ key: 'elsewhere', seq: 4, channel: 'C2', createdAt: 10 }));
      expect(store.parentsSince('C1', 10).map(({ key }) => key)).toEqual(['new']);
    });

    it('writes all of a transaction or nothing', () => {
      const store = open();
      const half = () =>
        store.transaction(() => {
          store.put(entry());
          store.transaction(() => store.put(entry({ key: 'other' })));
          throw new Error('half way');
        });
      expect(half).toThrow('half way');
      expect(store.unsettled()).toEqual([]);
    });

    it('forgets old settled entries, never unsettled ones nor the message of an open incident', () => {
      const store = open();
      const resolved = incident({ state: 'resolved' });
      store.put(entry({ key: 'sent', state: 'sent', changedAt: 1, incident: resolved }));
      store.put(entry({ key: 'note', kind: 'note', state: 'sent', changedAt: 1 }));
      store.put(entry({ key: 'storm', state: 'sent', changedAt: 1, incident: null }));
      store.put(entry({ key: 'fresh', state: 'sent', changedAt: 100, incident: resolved }));
      store.put(entry({ key: 'waiting', changedAt: 1, incident: resolved }));
      store.put(entry({ key: 'open', state: 'sent', changedAt: 1 }));
      store.prune(50);
      const kept = ['sent', 'note', 'storm', 'fresh', 'waiting', 'open'].filter((key) => store.get(key) !== null);
      expect(kept).toEqual(['fresh', 'waiting', 'open']);
    });
  });
}
