/**
 * The steps of the database schema, oldest first. `user_version` counts the steps done. Steps are only added. Times are
 * ms since the epoch.
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
  // 2: measured series: raw for two days, then by the minute and by the quarter of an hour
  `CREATE TABLE series (id INTEGER PRIMARY KEY, metric TEXT NOT NULL, key TEXT NOT NULL, UNIQUE (metric, key));
   CREATE TABLE series_raw (series INTEGER NOT NULL, at INTEGER NOT NULL, value REAL NOT NULL,
     PRIMARY KEY (series, at)) WITHOUT ROWID;
   CREATE TABLE series_1m (series INTEGER NOT NULL, at INTEGER NOT NULL, min REAL NOT NULL, max REAL NOT NULL,
     sum REAL NOT NULL, count INTEGER NOT NULL, last REAL NOT NULL, PRIMARY KEY (series, at)) WITHOUT ROWID;
   CREATE TABLE series_15m (series INTEGER NOT NULL, at INTEGER NOT NULL, min REAL NOT NULL, max REAL NOT NULL,
     sum REAL NOT NULL, count INTEGER NOT NULL, last REAL NOT NULL, PRIMARY KEY (series, at)) WITHOUT ROWID;`,
  // 3: messages on their way to Slack
  `CREATE TABLE outbox (key TEXT PRIMARY KEY, seq INTEGER NOT NULL, kind TEXT NOT NULL, channel TEXT NOT NULL,
     parent_key TEXT, state TEXT NOT NULL, created_at INTEGER NOT NULL, changed_at INTEGER NOT NULL, json TEXT NOT NULL);
   CREATE INDEX outbox_seq ON outbox (seq);
   CREATE INDEX outbox_state ON outbox (state, seq);
   CREATE INDEX outbox_parent ON outbox (parent_key, seq);
   CREATE INDEX outbox_created ON outbox (channel, created_at);`,
  // 4: response times of upstream peers, counted by the quarter of an hour
  `CREATE TABLE latency (at INTEGER NOT NULL, peer TEXT NOT NULL, counts TEXT NOT NULL,
     PRIMARY KEY (at, peer)) WITHOUT ROWID;`,
];
