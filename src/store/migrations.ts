/**
 * The schema, one step an entry, oldest first; `user_version` counts the steps done. Steps are only ever added.
 * Times are ms since the epoch.
 */
export const MIGRATIONS: readonly string[] = [
  // 1: cursors, incidents, small facts, who did what
  `CREATE TABLE cursor (key TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE incident (id TEXT PRIMARY KEY, host TEXT NOT NULL, cause TEXT NOT NULL, state TEXT NOT NULL,
     opened_at INTEGER NOT NULL, resolved_at INTEGER, json TEXT NOT NULL) WITHOUT ROWID;
   CREATE INDEX incident_opened ON incident (opened_at);
   CREATE TABLE incident_change (incident_id TEXT NOT NULL, rev INTEGER NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL,
     text TEXT NOT NULL, PRIMARY KEY (incident_id, rev)) WITHOUT ROWID;
   CREATE TABLE fact (key TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE action (at INTEGER NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, target TEXT, answer TEXT NOT NULL);
   CREATE INDEX action_at ON action (at);
   CREATE TABLE journal (at INTEGER NOT NULL, kind TEXT NOT NULL, json TEXT NOT NULL);
   CREATE INDEX journal_at ON journal (at);`,
];
