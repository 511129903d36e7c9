/** Stores the position of each followed log, as JSON: `tail`'s cursor store on SQLite. */
import type { Database } from './database.ts';

export interface Cursors {
  load(key: string): unknown;
  save(key: string, cursor: unknown): void;
}

export function createCursors(database: Database): Cursors {
  const read = database.prepare('SELECT json FROM cursor WHERE key = ?');
  const write = database.prepare(
    'INSERT INTO cursor (key, json) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET json = excluded.json',
  );
  return {
    load(key) {
      const row = read.get(key);
      return row === undefined ? null : JSON.parse(String(row.json));
    },
    save(key, cursor) {
      write.run(key, JSON.stringify(cursor));
    },
  };
}
