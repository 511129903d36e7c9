/**
 * Stores histograms of the response times of upstream peers, one row a peer and quarter of an hour. Counts are added, so
 * a quantile of a day is exact over all its requests. A histogram has eight buckets to each doubling, as the access-log
 * reader counts. Clients can influence peer names: above a limit the rest is counted together under `*`.
 */
import type { Database } from './database.ts';

const QUARTER_MS = 15 * 60_000;
/** Peers that get a separate row in a quarter of an hour, the busiest of its first sample first. */
export const MOST_PEERS = 128;
const OTHERS = '*';

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

  const peersOf = database.prepare('SELECT peer FROM latency WHERE at = ?');
  let [named, rollbacks] = [{ quarter: Number.NaN, peers: new Set<string>() }, database.rollbacks()];

  const nameIn = (quarter: number, peer: string): string => {
    if (named.quarter !== quarter || rollbacks !== database.rollbacks())
      named = { quarter, peers: new Set(peersOf.all(quarter).map((row) => String(row.peer))) };
    rollbacks = database.rollbacks();
    if (!named.peers.has(peer) && named.peers.size >= MOST_PEERS) return OTHERS;
    named.peers.add(peer);
    return peer;
  };

  return {
    add(at, peers) {
      const quarter = Math.floor(at / QUARTER_MS) * QUARTER_MS;
      database.transaction(() => {
        const sums = new Map<string, Map<number, number>>();
        for (const { peer: asked, counts } of peers) {
          const peer = nameIn(quarter, asked);
          const sum = sums.get(peer) ?? new Map<number, number>();
          merge(sum, counts);
          sums.set(peer, sum);
        }
        for (const [peer, sum] of sums) {
          const row = known.get(quarter, peer);
          if (row !== undefined) merge(sum, parse(row.counts));
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
