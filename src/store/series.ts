/**
 * Stores measured series: raw for 48 hours, then by the minute and by the quarter of an hour for the retention time. A
 * bucket without a measurement has no row, so a gap is never read as zero. Clients can influence keys: above a limit a
 * day, the rest is stored together under `*`.
 */
import type { Database, Row } from './database.ts';

const MINUTE_MS = 60_000;
const QUARTER_MS = 15 * MINUTE_MS;
const RAW_KEPT_MS = 48 * 60 * MINUTE_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Keys of one metric that get a separate series within a day. */
export const MOST_KEYS = 512;
const MOST_IDS = 8 * MOST_KEYS;
/** All keys beyond them. */
const OTHERS = '*';
/** Minutes are kept a week; quarters of an hour carry the rest. */
const MINUTES_KEPT_MS = 7 * 24 * 60 * MINUTE_MS;

export interface Measurement {
  /** What, with its unit: `slots.used`, `fds.hottestRatio`. */
  readonly metric: string;
  /** Whose: a worker (`w0`), a listener, an upstream peer; empty for the host. */
  readonly key: string;
  readonly at: number;
  readonly value: number;
  /** Adds to what was measured at that very moment instead of replacing it: counts of events with a coarse time. */
  readonly increment?: boolean;
}

/** One bucket, or one raw measurement (min = max = sum = last, count 1). */
export interface SeriesPoint {
  readonly at: number;
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  readonly count: number;
  readonly last: number;
}

export type Resolution = 'raw' | '1m' | '15m';

export interface Series {
  add(measurements: readonly Measurement[]): void;
  /** The sum of what was measured in `fromMs <= at < toMs`, by key; no key without a measurement. */
  sums(metric: string, fromMs: number, toMs: number, resolution: Resolution): Map<string, number>;
  /** Points with `fromMs <= at < toMs`, oldest first, by key. */
  query(metric: string, fromMs: number, toMs: number, resolution: Resolution): Map<string, SeriesPoint[]>;
  /** Folds everything, the running minute as far as it is, into buckets and forgets what is too old. Safe to repeat. */
  rollUp(nowMs: number, retentionDays: number): void;
}

const POINT_COLUMNS: Readonly<Record<Resolution, string>> = {
  raw: 'at, value AS min, value AS max, value AS sum, 1 AS count, value AS last',
  '1m': 'at, min, max, sum, count, last',
  '15m': 'at, min, max, sum, count, last',
};

const asPoint = (row: Row): SeriesPoint => ({
  at: Number(row.at),
  min: Number(row.min),
  max: Number(row.max),
  sum: Number(row.sum),
  count: Number(row.count),
  last: Number(row.last),
});

/** Fills `to` with buckets of `widthMs` from `from`, for those in [?1, ?2). `last` is the newest value. */
function foldSql(from: string, to: string, widthMs: number, columns: string): string {
  return `INSERT OR REPLACE INTO ${to} (series, at, min, max, sum, count, last)
    SELECT series, at / ${widthMs} * ${widthMs} AS bucket, ${columns}
    FROM (SELECT *, max(at) OVER (PARTITION BY series, at / ${widthMs}) AS newest FROM ${from} WHERE at >= ?1 AND at < ?2)
    GROUP BY series, bucket`;
}

const RAW_TO_MINUTE = foldSql(
  'series_raw',
  'series_1m',
  MINUTE_MS,
  'min(value), max(value), sum(value), count(*), max(CASE WHEN at = newest THEN value END)',
);
const MINUTE_TO_QUARTER = foldSql(
  'series_1m',
  'series_15m',
  QUARTER_MS,
  'min(min), max(max), sum(sum), sum(count), max(CASE WHEN at = newest THEN last END)',
);

/** Which keys of each metric were used today, in the order in which they came. */
function createKeys(): (metric: string, key: string, at: number) => string {
  let [day, used] = [Number.NEGATIVE_INFINITY, new Map<string, Set<string>>()];
  return (metric, key, at) => {
    const today = Math.floor(at / DAY_MS);
    if (today > day) [day, used] = [today, new Map()];
    const keys = used.get(metric) ?? new Set();
    used.set(metric, keys);
    if (!keys.has(key) && keys.size >= MOST_KEYS) return OTHERS;
    keys.add(key);
    return key;
  };
}

export function createSeries(database: Database): Series {
  const ids = new Map<string, number>();
  const keyFor = createKeys();
  let rollbacks = database.rollbacks();
  const findId = database.prepare('SELECT id FROM series WHERE metric = ? AND key = ?');
  const addId = database.prepare('INSERT INTO series (metric, key) VALUES (?, ?)');
  const insert = database.prepare('INSERT OR REPLACE INTO series_raw (series, at, value) VALUES (?, ?, ?)');
  const increase = database.prepare(
    `INSERT INTO series_raw (series, at, value) VALUES (?, ?, ?)
     ON CONFLICT (series, at) DO UPDATE SET value = value + excluded.value`,
  );
  const newest = (table: string): number =>
    Number(database.prepare(`SELECT coalesce(max(at), 0) AS at FROM ${table}`).get()?.at ?? 0);

  const idOf = (metric: string, key: string): number => {
    // An id may have been given in a transaction that is gone; and yesterday's keys are not kept for ever.
    if (rollbacks !== database.rollbacks() || ids.size > MOST_IDS) ids.clear();
    rollbacks = database.rollbacks();
    const name = `${metric}\n${key}`;
    const id = ids.get(name) ?? Number(findId.get(metric, key)?.id ?? addId.run(metric, key).lastInsertRowid);
    ids.set(name, id);
    return id;
  };

  const fold = (sql: string, from: string, to: string, widthMs: number, nowMs: number): void => {
    const oldest = database.prepare(`SELECT min(at) AS at FROM ${from}`).get()?.at;
    if (oldest === null || oldest === undefined) return;
    // The newest bucket was not over yet, and for the one before it something may have come late: both again. Under a
    // clock that was set back the newest lies ahead, and nothing would be folded until it is reached.
    const last = Math.min(newest(to), Math.floor(nowMs / widthMs) * widthMs);
    const start = Math.max(last - widthMs, Math.floor(Number(oldest) / widthMs) * widthMs);
    database.prepare(sql).run(start, Math.floor(nowMs / widthMs) * widthMs + widthMs);
  };

  return {
    add(measurements) {
      database.transaction(() => {
        for (const { metric, key: asked, at, value, increment } of measurements) {
          const key = keyFor(metric, asked, at);
          (increment === true || key === OTHERS ? increase : insert).run(idOf(metric, key), at, value);
        }
      });
    },
    sums(metric, fromMs, toMs, resolution) {
      const value = resolution === 'raw' ? 'value' : 'sum';
      const rows = database
        .prepare(
          `SELECT key, sum(${value}) AS total FROM series JOIN series_${resolution} AS points ON series.id = points.series
           WHERE metric = ? AND at >= ? AND at < ? GROUP BY series.id ORDER BY key`,
        )
        .all(metric, fromMs, toMs);
      return new Map(rows.map(({ key, total }) => [String(key), Number(total)]));
    },
    query(metric, fromMs, toMs, resolution) {
      const rows = database
        .prepare(
          `SELECT key, ${POINT_COLUMNS[resolution]} FROM series_${resolution} JOIN series ON series.id = series_${resolution}.series
           WHERE metric = ? AND at >= ? AND at < ? ORDER BY key, at`,
        )
        .all(metric, fromMs, toMs);
      const found = new Map<string, SeriesPoint[]>();
      for (const row of rows) {
        const key = String(row.key);
        const points = found.get(key);
        if (points === undefined) found.set(key, [asPoint(row)]);
        else points.push(asPoint(row));
      }
      return found;
    },
    rollUp(nowMs, retentionDays) {
      database.transaction(() => {
        fold(RAW_TO_MINUTE, 'series_raw', 'series_1m', MINUTE_MS, nowMs);
        fold(MINUTE_TO_QUARTER, 'series_1m', 'series_15m', QUARTER_MS, nowMs);
        database.prepare('DELETE FROM series_raw WHERE at < ?').run(nowMs - RAW_KEPT_MS);
        database.prepare('DELETE FROM series_1m WHERE at < ?').run(nowMs - MINUTES_KEPT_MS);
        database.prepare('DELETE FROM series_15m WHERE at < ?').run(nowMs - retentionDays * 24 * 60 * MINUTE_MS);
      });
    },
  };
}
