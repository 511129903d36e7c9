/**
 * The last hours of samples and signals, so that a bundle can be cut from them after the fact. Bounded by age and by
 * rows; the digest lives from the rolled-up series, not from this. Of log lines captures and redacted text are kept.
 */
import type { Sample } from '../core/sample.ts';
import type { Signal } from '../core/signal.ts';
import { createSignalRedactor } from '../nginx/redacted-signal.ts';
import type { Database } from './database.ts';

export interface Journal {
  addSample(sample: Sample): void;
  addSignal(signal: Signal): void;
  /** Oldest first; at most `limit` of them, behind the first `offset`. */
  samples(sinceMs: number, limit?: number, offset?: number): Sample[];
  signals(sinceMs: number, limit?: number, offset?: number): Signal[];
  /** The newest in `fromMs <= at <= untilMs`, oldest first: in a flood an hour holds tens of thousands. */
  newestSignals(fromMs: number, untilMs: number, most: number): Signal[];
  /** Keeps what is newer than `beforeMs`, and at most `maxRows` rows. */
  prune(beforeMs: number, maxRows: number): void;
}

/** As SQLite has it (sqlite.org/lang_select.html, LIMIT). */
const NO_LIMIT = -1;

export function createJournal(database: Database): Journal {
  const insert = database.prepare('INSERT INTO journal (at, kind, json) VALUES (?, ?, ?)');
  const read = database.prepare(
    'SELECT json FROM journal WHERE kind = ? AND at >= ? ORDER BY at, rowid LIMIT ? OFFSET ?',
  );
  const redacted = createSignalRedactor(null);
  const newest = database.prepare(
    "SELECT json FROM journal WHERE kind = 'signal' AND at >= ? AND at <= ? ORDER BY at DESC, rowid DESC LIMIT ?",
  );
  const select = <T>(kind: string, sinceMs: number, limit = NO_LIMIT, offset = 0): T[] =>
    read.all(kind, sinceMs, limit, offset).map((row) => JSON.parse(String(row.json)) as T);
  return {
    addSample: (sample) => void insert.run(sample.at, 'sample', JSON.stringify(sample)),
    addSignal: (signal) => void insert.run(signal.at, 'signal', JSON.stringify(redacted(signal))),
    samples: (sinceMs, limit, offset) => select<Sample>('sample', sinceMs, limit, offset),
    signals: (sinceMs, limit, offset) => select<Signal>('signal', sinceMs, limit, offset),
    newestSignals: (fromMs, untilMs, most) =>
      newest
        .all(fromMs, untilMs, most)
        .map((row) => JSON.parse(String(row.json)) as Signal)
        .reverse(),
    prune(beforeMs, maxRows) {
      database.prepare('DELETE FROM journal WHERE at < ?').run(beforeMs);
      database
        .prepare('DELETE FROM journal WHERE rowid <= (SELECT rowid FROM journal ORDER BY rowid DESC LIMIT 1 OFFSET ?)')
        .run(maxRows);
    },
  };
}
