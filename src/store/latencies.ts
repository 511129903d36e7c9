/**
 * Response times of upstream peers, counted by the quarter of an hour: sums of counts, so that a quantile of a day is
 * that of all its requests and not a mean of quantiles. As many entries a row as the reader of the access log tells
 * times apart (eight to each doubling).
 */
import type { Database } from './database.ts';

const QUARTER_MS = 15 * 60_000;

/** Requests by their time in milliseconds. */
export type LatencyCounts = readonly (readonly [ms: number, count: number])[];

export interface Latencies {
  /** Adds to what is known of that quarter of an hour. */
  add(at: number, peers: readonly { readonly peer: string; readonly counts: LatencyCounts }[]): void;
  /** Of the quarters that begin in `fromMs <= at < toMs`, by peer. */
  query(fromMs: number, toMs: number): ReadonlyMap<string, ReadonlyMap<number, number>>;
  prune(beforeMs: number): void;
}

function merge(into: Map<number, number>, counts: LatencyCounts): void {
  for (const [ms, count] of counts) into.set(ms, (into.get(ms) ?? 0) + count);
}

export function createLatencies(database: Database): Latencies {
  // Written by `add` alone, so the shape is known.
  const parse = (json: unknown): LatencyCounts => JSON.parse(String(json)) as LatencyCounts;
  const known = database.prepare('SELECT counts FROM latency WHERE at = ? AND peer = ?');
  const put = database.prepare('INSERT OR REPLACE INTO latency (at, peer, counts) VALUES (?, ?, ?)');
  const between = database.prepare('SELECT peer, counts FROM latency WHERE at >= ? AND at < ?');

  return {
    add(at, peers) {
      const quarter = Math.floor(at / QUARTER_MS) * QUARTER_MS;
      database.transaction(() => {
        for (const { peer, counts } of peers) {
          const row = known.get(quarter, peer);
          const sum = new Map(row === undefined ? [] : parse(row.counts));
          merge(sum, counts);
          put.run(quarter, peer, JSON.stringify([...sum]));
        }
      });
    },
    query(fromMs, toMs) {
      const found = new Map<string, Map<number, number>>();
      for (const { peer, counts } of between.all(fromMs, toMs)) {
        const sum = found.get(String(peer)) ?? new Map<number, number>();
        merge(sum, parse(counts));
        found.set(String(peer), sum);
      }
      return found;
    },
    prune: (beforeMs) => void database.prepare('DELETE FROM latency WHERE at < ?').run(beforeMs),
  };
}
