/** Stores the actions of people in Slack and their results: one row an action, never changed. */
import type { Database } from './database.ts';

export interface ActionRecord {
  readonly at: number;
  /** Slack user id, or `cli`. */
  readonly who: string;
  readonly what: string;
  readonly target: string | null;
  readonly answer: string;
}

export interface Actions {
  add(record: ActionRecord): void;
  since(sinceMs: number): ActionRecord[];
  prune(beforeMs: number): void;
}

export function createActions(database: Database): Actions {
  const insert = database.prepare('INSERT INTO action (at, who, what, target, answer) VALUES (?, ?, ?, ?, ?)');
  const since = database.prepare('SELECT at, who, what, target, answer FROM action WHERE at >= ? ORDER BY at');
  return {
    add(record) {
      insert.run(record.at, record.who, record.what, record.target, record.answer);
    },
    since: (sinceMs) =>
      since.all(sinceMs).map((row) => ({
        at: Number(row.at),
        who: String(row.who),
        what: String(row.what),
        target: row.target === null ? null : String(row.target),
        answer: String(row.answer),
      })),
    prune(beforeMs) {
      database.prepare('DELETE FROM action WHERE at < ?').run(beforeMs);
    },
  };
}
