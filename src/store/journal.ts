/**
 * The last hours of samples and signals as they came, so that a bundle can be cut from them after the fact.
 * Bounded by age and by rows; the digest lives from the rolled-up series, not from this.
 */
import type { Sample } from '../core/sample.ts';
import type { Signal } from '../core/signal.ts';
import type { Database } from './database.ts';

export interface Journal {
  addSample(sample: Sample): void;
  addSignal(signal: Signal): void;
  samples(sinceMs: number): Sample[];
  signals(sinceMs: number): Signal[];
  /** Keeps what is newer than `beforeMs`, and at most `maxRows` rows. */
  prune(beforeMs: number, maxRows: number): void;
}

export function createJournal(database: Database): Journal {
  const insert = database.prepare('INSERT INTO journal (at, kind, json) VALUES (?, ?, ?)');
  const read = database.prepare('SELECT json FROM journal WHERE kind = ? AND at >= ? ORDER BY at, rowid');
  const select = <T>(kind: string, sinceMs: number): T[] =>
    read.all(kind, sinceMs).map((row) => JSON.parse(String(row.json)) as T);
  return {
    addSample: (sample) => void insert.run(sample.at, 'sample', JSON.stringify(sample)),
    addSignal: (signal) => void insert.run(signal.at, 'signal', JSON.stringify(signal)),
    samples: (sinceMs) => select<Sample>('sample', sinceMs),
    signals: (sinceMs) => select<Signal>('signal', sinceMs),
    prune(beforeMs, maxRows) {
      database.prepare('DELETE FROM journal WHERE at < ?').run(beforeMs);
      database
        .prepare('DELETE FROM journal WHERE rowid <= (SELECT rowid FROM journal ORDER BY rowid DESC LIMIT 1 OFFSET ?)')
        .run(maxRows);
    },
  };
}
