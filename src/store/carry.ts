/**
 * Copies rows between the file and memory while the file cannot be written: positions, open incidents and message ids
 * into memory, and everything recorded meanwhile back into the file.
 */
import { createDatabase } from './database.ts';
import type { Handle, Row } from './handle.ts';
import { createLatencies } from './latencies.ts';
import { createSeries } from './series.ts';

/** The rows that the service reads again after a restart, limited to the newest where a table grows. */
const INTO_MEMORY: Readonly<Record<string, string>> = {
  cursor: 'SELECT * FROM cursor',
  fact: 'SELECT * FROM fact',
  incident: 'SELECT * FROM incident ORDER BY resolved_at IS NULL DESC, opened_at DESC LIMIT 500',
  incident_change: 'SELECT * FROM incident_change ORDER BY at DESC LIMIT 2000',
  outbox: "SELECT * FROM outbox ORDER BY state IN ('pending', 'sending') DESC, seq DESC LIMIT 500",
};
const REPLACED = ['cursor', 'fact', 'incident', 'incident_change', 'outbox'] as const;
const ADDED = ['action', 'journal'] as const;

function insert(to: Handle, table: string, rows: readonly Row[]): void {
  const columns = Object.keys(rows[0] ?? {});
  if (columns.length === 0) return;
  const places = columns.map(() => '?').join(', ');
  const statement = to.prepare(`INSERT OR REPLACE INTO ${table} (${columns.join(', ')}) VALUES (${places})`);
  for (const row of rows) statement.run(...columns.map((column) => row[column] ?? null));
}

/** Unreadable tables are skipped. Returns the keys of the facts that were copied. */
export function carryIntoMemory(from: Handle, to: Handle): ReadonlySet<string> {
  const facts = new Set<string>();
  for (const [table, sql] of Object.entries(INTO_MEMORY)) {
    try {
      const rows = from.prepare(sql).all();
      insert(to, table, rows);
      if (table === 'fact') for (const { key } of rows) facts.add(String(key));
    } catch {
      // The file fails in places: what is readable counts.
    }
  }
  return facts;
}

function carryFigures(from: Handle, to: ReturnType<typeof createDatabase>): void {
  const raw = 'SELECT metric, key, at, value FROM series_raw JOIN series ON series.id = series_raw.series';
  createSeries(to).add(
    from
      .prepare(raw)
      .all()
      .map(({ metric, key, at, value }) => ({
        metric: String(metric),
        key: String(key),
        at: Number(at),
        value: Number(value),
      })),
  );
  const latencies = createLatencies(to);
  for (const { at, peer, counts } of from.prepare('SELECT at, peer, counts FROM latency').all()) {
    latencies.add(Number(at), [{ peer: String(peer), counts: JSON.parse(String(counts)) }]);
  }
}

/** All or nothing. `carried`: facts that are no longer in memory were forgotten there. Throws SQLite's error. */
export function carryBack(from: Handle, to: Handle, carried: ReadonlySet<string>): void {
  const database = createDatabase(to);
  database.transaction(() => {
    for (const table of REPLACED) insert(to, table, from.prepare(`SELECT * FROM ${table}`).all());
    for (const table of ADDED) insert(to, table, from.prepare(`SELECT * FROM ${table}`).all());
    const known = new Set(
      from
        .prepare('SELECT key FROM fact')
        .all()
        .map(({ key }) => String(key)),
    );
    const forget = database.prepare('DELETE FROM fact WHERE key = ?');
    for (const key of carried) if (!known.has(key)) forget.run(key);
    carryFigures(from, database);
  });
}
