/** Stores the outbox: one row an entry, with its content as JSON and columns for the queries. */
import type { OutboxEntry, OutboxStore } from '../core/outbox.ts';
import type { Database, Row } from './database.ts';

const parse = (row: Row): OutboxEntry => JSON.parse(String(row.json)) as OutboxEntry;

export function createOutboxStore(database: Database): OutboxStore {
  const read = database.prepare('SELECT json FROM outbox WHERE key = ?');
  const write = database.prepare(
    `INSERT INTO outbox (key, seq, kind, channel, parent_key, state, created_at, changed_at, json)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET seq = excluded.seq, kind = excluded.kind, channel = excluded.channel,
     parent_key = excluded.parent_key, state = excluded.state, changed_at = excluded.changed_at, json = excluded.json`,
  );
  const last = database.prepare('SELECT max(seq) AS seq FROM outbox');
  const unsettled = database.prepare("SELECT json FROM outbox WHERE state IN ('pending', 'sending') ORDER BY seq");
  const newest = database.prepare("SELECT json FROM outbox WHERE state = 'sent' ORDER BY changed_at DESC LIMIT 1");
  const children = database.prepare('SELECT json FROM outbox WHERE parent_key = ? ORDER BY seq');
  const parents = database.prepare(
    "SELECT json FROM outbox WHERE kind = 'parent' AND channel = ? AND created_at >= ? ORDER BY seq",
  );
  const prune = database.prepare(
    `DELETE FROM outbox WHERE state NOT IN ('pending', 'sending') AND changed_at < ?
     AND NOT (kind = 'parent' AND coalesce(json_extract(json, '$.incident.state'), 'resolved') <> 'resolved')`,
  );
  return {
    get(key) {
      const row = read.get(key);
      return row === undefined ? null : parse(row);
    },
    put(entry) {
      const { key, seq, kind, channel, parentKey, state, createdAt, changedAt } = entry;
      write.run(key, seq, kind, channel, parentKey, state, createdAt, changedAt, JSON.stringify(entry));
    },
    transaction: (work) => database.transaction(work),
    nextSeq: () => Number(last.get()?.seq ?? 0) + 1,
    unsettled: () => unsettled.all().map(parse),
    newestSent() {
      const row = newest.get();
      return row === undefined ? null : parse(row);
    },
    children: (parentKey) => children.all(parentKey).map(parse),
    parentsSince: (channel, sinceMs) => parents.all(channel, sinceMs).map(parse),
    prune: (beforeMs) => void prune.run(beforeMs),
  };
}
