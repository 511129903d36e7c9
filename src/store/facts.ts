/** Stores small named JSON values that must survive a restart: mutes, the last digest, yesterday's settings. */
import type { Database } from './database.ts';

export interface Facts {
  get(key: string): unknown;
  set(key: string, value: unknown): void;
  delete(key: string): void;
  /** All facts whose key starts with `prefix`, by key. */
  list(prefix: string): { readonly key: string; readonly value: unknown }[];
}

export function createFacts(database: Database): Facts {
  const read = database.prepare('SELECT json FROM fact WHERE key = ?');
  const write = database.prepare(
    'INSERT INTO fact (key, json) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET json = excluded.json',
  );
  const remove = database.prepare('DELETE FROM fact WHERE key = ?');
  // substr rather than LIKE: keys may hold % and _.
  const list = database.prepare('SELECT key, json FROM fact WHERE substr(key, 1, length(?1)) = ?1 ORDER BY key');
  return {
    get(key) {
      const row = read.get(key);
      return row === undefined ? null : JSON.parse(String(row.json));
    },
    set(key, value) {
      write.run(key, JSON.stringify(value));
    },
    delete(key) {
      remove.run(key);
    },
    list: (prefix) =>
      list.all(prefix).map((row) => ({ key: String(row.key), value: JSON.parse(String(row.json)) as unknown })),
  };
}
