/**
 * Stores the samples and signals of the last hours, the source of bundles. Bounded by age and by rows. Of log lines only
 * captures and redacted text are stored. The digest reads the series instead.
 */
import { movedSample, type Sample } from '../core/sample.ts';
import type { Signal } from '../core/signal.ts';
import { createSignalRedactor } from '../nginx/redacted-signal.ts';
import type { Database, Row } from './database.ts';

export interface Journal {
  addSample(sample: Sample): void;
  addSignal(signal: Signal): void;
  /** Oldest first; at most `limit` of them, behind the first `offset`. */
  samples(sinceMs: number, limit?: number, offset?: number): Sample[];
  signals(sinceMs: number, limit?: number, offset?: number): Signal[];
  /** The newest in `fromMs <= at <= untilMs`, oldest first: in a flood an hour holds tens of thousands. */
  newestSignals(fromMs: number, untilMs: number, most: number): Signal[];
  /** The wall clock was stepped: what was seen is as long ago as before. */
  move(byMs: number): void;
  /** Keeps what is newer than `beforeMs`, and at most `maxRows` rows. */
  prune(beforeMs: number, maxRows: number): void;
}

/** As SQLite has it (sqlite.org/lang_select.html, LIMIT). */
const NO_LIMIT = -1;

type Stretch = readonly [sinceMs: number, limit?: number | undefined, offset?: number | undefined];

/** A row has the time by the clock as it is set now; what it holds has that of when it was written. */
function sampleOf({ at, json }: Row): Sample {
  const sample = JSON.parse(String(json)) as Sample;
  return movedSample(sample, Number(at) - sample.at);
}

function signalOf({ at, json }: Row): Signal {
  return { ...(JSON.parse(String(json)) as Signal), at: Number(at) };
}

export function createJournal(database: Database): Journal {
  const insert = database.prepare('INSERT INTO journal (at, kind, json) VALUES (?, ?, ?)');
  const read = database.prepare(
    'SELECT at, json FROM journal WHERE kind = ? AND at >= ? ORDER BY at, rowid LIMIT ? OFFSET ?',
  );
  const redacted = createSignalRedactor(null);
  const newest = database.prepare(
    "SELECT at, json FROM journal WHERE kind = 'signal' AND at >= ? AND at <= ? ORDER BY at DESC, rowid DESC LIMIT ?",
  );
  const shift = database.prepare('UPDATE journal SET at = at + ?');
  const rows = (kind: string, [sinceMs, limit = NO_LIMIT, offset = 0]: Stretch) =>
    read.all(kind, sinceMs, limit, offset);
  return {
    addSample: (sample) => void insert.run(sample.at, 'sample', JSON.stringify(sample)),
    addSignal: (signal) => void insert.run(signal.at, 'signal', JSON.stringify(redacted(signal))),
    samples: (...stretch) => rows('sample', stretch).map(sampleOf),
    signals: (...stretch) => rows('signal', stretch).map(signalOf),
    newestSignals: (fromMs, untilMs, most) => newest.all(fromMs, untilMs, most).map(signalOf).reverse(),
    move: (byMs) => void shift.run(byMs),
    prune(beforeMs, maxRows) {
      database.prepare('DELETE FROM journal WHERE at < ?').run(beforeMs);
      database
        .prepare('DELETE FROM journal WHERE rowid <= (SELECT rowid FROM journal ORDER BY rowid DESC LIMIT 1 OFFSET ?)')
        .run(maxRows);
    },
  };
}
