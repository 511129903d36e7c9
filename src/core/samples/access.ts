/** The sample of the access log: counts of one interval. It has no probe: the access-log reader creates it. */
import { z } from 'zod';
import { added, count, type Data, listOf, MOST_PEERS, orNull, type SampleKind } from '../sample-kind.ts';

const spread = z.object({ p50: count, p95: count, p99: count, max: count });
const quantiles = orNull(spread);

/** One entry for each upstream peer, over one interval of the access log. */
const upstream = z.object({
  peer: z.string(),
  requests: count,
  errors5xx: count.default(0),
  /** Seconds × 1000; null when the log_format has no such variable. */
  connectMs: quantiles,
  headerMs: quantiles,
  responseMs: quantiles,
  /** Attempts by response time in ms, eight steps to each doubling, for sums over hours; not in the event stream. */
  responseCounts: listOf(z.tuple([count, count]), MOST_PEERS).optional(),
});

const schema = z.object({
  intervalMs: z.number().positive(),
  requests: count,
  /** Lines that match no format. */
  unparsed: count.default(0),
  /** Status code → requests. */
  status: z.record(z.string(), count).default({}),
  requestMs: quantiles,
  upstreams: listOf(upstream, MOST_PEERS).default([]),
  topClients: listOf(z.object({ address: z.string(), requests: count }), MOST_PEERS).default([]),
  /** Requests that took 30 s or longer (long polls, streams, stuck ones); null when no format has $request_time. */
  longRequests: added,
});

export type Quantiles = Data<typeof spread>;
export type AccessUpstream = Data<typeof upstream>;
export type AccessData = Data<typeof schema>;

declare module '../sample.ts' {
  interface ProbeData {
    readonly access: AccessData;
  }
}

export const sample: SampleKind<'access'> = {
  id: 'access',
  schema,
  blindSpot: null,
  cost: 'low',
  patience: 1,
  heavy: true,
};
