/** Computes requests, errors and response times of each upstream peer, compared with the period before. */
import type { ReadSums } from './measure.ts';

/** Milliseconds; null when the log_format has no upstream time. */
export interface UpstreamTimes {
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}

export interface UpstreamUse extends UpstreamTimes {
  readonly peer: string;
  readonly requests: number;
  readonly errors5xx: number;
  /** Null when the peer had no requests then. */
  readonly before: (UpstreamTimes & { readonly requests: number; readonly errors5xx: number }) | null;
}

/** Requests by time in milliseconds, by peer. The counts cover all requests, so the quantiles do too. */
export type LatenciesByPeer = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** The measurements of one period. */
interface Stretch {
  readonly sums: ReadSums;
  readonly latencies: LatenciesByPeer;
}

/** Nearest-rank quantile of counted values; null without values. */
export function countedQuantile(counts: ReadonlyMap<number, number>, share: number): number | null {
  const ascending = [...counts].sort(([a], [b]) => a - b);
  const rank = Math.max(1, Math.ceil(share * ascending.reduce((sum, [, count]) => sum + count, 0)));
  let seen = 0;
  for (const [value, count] of ascending) {
    seen += count;
    if (seen >= rank) return value;
  }
  return null;
}

function timesOf(counts: ReadonlyMap<number, number> = new Map()): UpstreamTimes {
  return {
    p50Ms: countedQuantile(counts, 0.5),
    p95Ms: countedQuantile(counts, 0.95),
    p99Ms: countedQuantile(counts, 0.99),
  };
}

function peerIn({ sums, latencies }: Stretch, peer: string): UpstreamUse['before'] {
  const requests = sums('upstream.requests').get(peer);
  if (requests === undefined) return null;
  return { requests, errors5xx: sums('upstream.5xx').get(peer) ?? 0, ...timesOf(latencies.get(peer)) };
}

/** Busiest first. */
export function upstreamsOf(now: Stretch, before: Stretch): UpstreamUse[] {
  return [...now.sums('upstream.requests').keys()]
    .flatMap((peer) => {
      const use = peerIn(now, peer);
      return use === null ? [] : { peer, ...use, before: peerIn(before, peer) };
    })
    .sort((a, b) => b.requests - a.requests);
}
