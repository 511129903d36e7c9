/** Each upstream peer over the stretch, against the stretch of equal length before. */
import { averageOf, type ReadSeries, sumOf } from './measure.ts';

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
  /** Null when the peer was not seen then. */
  readonly before: (UpstreamTimes & { readonly requests: number; readonly errors5xx: number }) | null;
}

/** Each interval's quantile counts alike: an idle minute cannot hide a busy one by much, and no sketch is stored. */
function timesOf(read: ReadSeries, peer: string): UpstreamTimes {
  const mean = (metric: string): number | null => averageOf(read(metric).get(peer) ?? []);
  return { p50Ms: mean('upstream.p50Ms'), p95Ms: mean('upstream.p95Ms'), p99Ms: mean('upstream.p99Ms') };
}

function peerIn(read: ReadSeries, peer: string): UpstreamUse['before'] {
  const sum = (metric: string): number => sumOf(read(metric).get(peer) ?? []);
  const seen = read('upstream.requests').get(peer);
  if (seen === undefined) return null;
  return { requests: sum('upstream.requests'), errors5xx: sum('upstream.5xx'), ...timesOf(read, peer) };
}

/** Busiest first. */
export function upstreamsOf(series: ReadSeries, before: ReadSeries): UpstreamUse[] {
  return [...series('upstream.requests').keys()]
    .flatMap((peer) => {
      const now = peerIn(series, peer);
      return now === null ? [] : { peer, ...now, before: peerIn(before, peer) };
    })
    .sort((a, b) => b.requests - a.requests);
}
