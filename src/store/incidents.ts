/** Stores incidents and their changes, so that a restart continues where the process was killed. */
import type { Incident, IncidentChange, IncidentChangeKind } from '../core/incident.ts';
import type { Database } from './database.ts';

export interface StoredChange {
  readonly rev: number;
  readonly kind: IncidentChangeKind;
  readonly at: number;
  readonly text: string;
}

export interface Incidents {
  /** Writes the incident as it is after the change, and the change; one transaction. */
  record(change: IncidentChange): void;
  get(id: string): Incident | null;
  open(): Incident[];
  /** Opened or resolved at or after `sinceMs`, oldest first. */
  since(sinceMs: number): Incident[];
  changes(id: string): StoredChange[];
  /** Earlier incidents of that cause on that host, newest first. */
  earlier(host: string, cause: string, beforeMs: number): Incident[];
  /** Forgets incidents resolved before `beforeMs`. */
  prune(beforeMs: number): void;
}

const parse = (row: { json?: unknown }): Incident => JSON.parse(String(row.json)) as Incident;

export function createIncidents(database: Database): Incidents {
  const write = database.prepare(
    `INSERT INTO incident (id, host, cause, state, opened_at, resolved_at, json) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET cause = excluded.cause, state = excluded.state, resolved_at = excluded.resolved_at,
     json = excluded.json`,
  );
  const note = database.prepare(
    'INSERT OR REPLACE INTO incident_change (incident_id, rev, kind, at, text) VALUES (?, ?, ?, ?, ?)',
  );
  const byId = database.prepare('SELECT json FROM incident WHERE id = ?');
  const open = database.prepare('SELECT json FROM incident WHERE resolved_at IS NULL ORDER BY opened_at');
  const since = database.prepare(
    'SELECT json FROM incident WHERE opened_at >= ?1 OR resolved_at >= ?1 OR resolved_at IS NULL ORDER BY opened_at',
  );
  const changes = database.prepare(
    'SELECT rev, kind, at, text FROM incident_change WHERE incident_id = ? ORDER BY rev',
  );
  const earlier = database.prepare(
    'SELECT json FROM incident WHERE host = ? AND cause = ? AND opened_at < ? ORDER BY opened_at DESC LIMIT 50',
  );
  return {
    record(change) {
      const { incident } = change;
      database.transaction(() => {
        write.run(
          incident.id,
          incident.host,
          incident.cause,
          incident.state,
          incident.openedAt,
          incident.resolvedAt,
          JSON.stringify(incident),
        );
        note.run(incident.id, incident.rev, change.kind, change.at, change.text);
      });
    },
    get(id) {
      const row = byId.get(id);
      return row === undefined ? null : parse(row);
    },
    open: () => open.all().map(parse),
    since: (sinceMs) => since.all(sinceMs).map(parse),
    changes: (id) =>
      changes.all(id).map((row) => ({
        rev: Number(row.rev),
        kind: String(row.kind) as IncidentChangeKind,
        at: Number(row.at),
        text: String(row.text),
      })),
    earlier: (host, cause, beforeMs) => earlier.all(host, cause, beforeMs).map(parse),
    prune(beforeMs) {
      database.transaction(() => {
        database
          .prepare('DELETE FROM incident_change WHERE incident_id IN (SELECT id FROM incident WHERE resolved_at < ?)')
          .run(beforeMs);
        database.prepare('DELETE FROM incident WHERE resolved_at < ?').run(beforeMs);
      });
    },
  };
}
