/**
 * What a stretch of time (a day, a week) amounts to: peaks and averages per worker, what was lost, what came close,
 * and the incidents. Pure: the caller brings the series. What was not measured is null, never zero.
 */
import type { Incident } from '../core/incident.ts';

/** A bucket of a measured series; `at` is its start, ms since the epoch. */
export interface Bucket {
  readonly at: number;
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  readonly count: number;
  readonly last: number;
}

/** The buckets of one metric in the stretch, by key (worker, listener, upstream peer; empty for the host). */
export type ReadSeries = (metric: string) => ReadonlyMap<string, readonly Bucket[]>;

export interface DigestInput {
  readonly host: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Width of a bucket. */
  readonly bucketMs: number;
  readonly series: ReadSeries;
  /** The same for the stretch of equal length before; for the deltas. */
  readonly before: ReadSeries;
  readonly incidents: readonly Incident[];
}

export interface Use {
  /** `w0`, `w1`, … by pid; a listener's address; an upstream's. */
  readonly key: string;
  readonly peak: number;
  readonly peakAt: string;
  readonly average: number;
}

export interface Ratio {
  readonly peak: number;
  readonly peakAt: string;
  readonly average: number;
  /** Peak of the stretch before; null when nothing was measured then. */
  readonly peakBefore: number | null;
}

export interface DigestSummary {
  readonly host: string;
  readonly from: string;
  readonly to: string;
  /** Share of the stretch that has slot measurements, 0–1. */
  readonly measuredRatio: number;
  readonly slotLimit: number | null;
  readonly slotsByWorker: readonly Use[];
  readonly slots: Ratio | null;
  /** Hour of the day in the stretch (ISO of its start) → peak share of the hottest worker. */
  readonly slotsByHour: readonly { readonly hour: string; readonly peak: number }[];
  readonly fds: Ratio | null;
  readonly fdSoftLimit: number | null;
  readonly backlog: Ratio | null;
  readonly lost: {
    /** accepts − handled. */
    readonly refusedByWorkers: number | null;
    readonly listenOverflows: number | null;
    /** Log lines of a starved upstream leg: one 500 each. */
    readonly starvedUpstreamLeg: number;
  };
  /** Lines "reusing connections": the pool was nearly empty. */
  readonly nearMisses: number;
  readonly linesByPattern: Readonly<Record<string, number>>;
  readonly upstreams: readonly UpstreamUse[];
  readonly incidents: readonly DigestIncident[];
}

export interface UpstreamUse {
  readonly peer: string;
  readonly requests: number;
  readonly errors5xx: number;
  /** Request-weighted mean of the intervals' p95; null when the log_format has no upstream time. */
  readonly p95Ms: number | null;
  readonly p95MsBefore: number | null;
}

export interface DigestIncident {
  readonly id: string;
  readonly cause: string;
  readonly openedAt: string;
  readonly minutes: number;
  readonly open: boolean;
  readonly lostTotal: number;
  readonly acknowledgedBy: string | null;
}

const HOUR_MS = 3_600_000;
const iso = (at: number): string => new Date(at).toISOString();
const add = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

function highest(buckets: readonly Bucket[]): Bucket | null {
  return buckets.reduce<Bucket | null>(
    (best, bucket) => (best === null || bucket.max > best.max ? bucket : best),
    null,
  );
}

function useOf(key: string, buckets: readonly Bucket[]): Use | null {
  const top = highest(buckets);
  if (top === null) return null;
  const average = add(buckets.map((bucket) => bucket.sum)) / add(buckets.map((bucket) => bucket.count));
  return { key, peak: top.max, peakAt: iso(top.at), average };
}

const host = (read: ReadSeries, metric: string): readonly Bucket[] => read(metric).get('') ?? [];

function ratioOf(input: DigestInput, metric: string): Ratio | null {
  const use = useOf('', host(input.series, metric));
  if (use === null) return null;
  const { peak, peakAt, average } = use;
  return { peak, peakAt, average, peakBefore: highest(host(input.before, metric))?.max ?? null };
}

function total(input: DigestInput, metric: string): number | null {
  const buckets = host(input.series, metric);
  return buckets.length === 0 ? null : add(buckets.map((bucket) => bucket.sum));
}

const lastOf = (input: DigestInput, metric: string): number | null => host(input.series, metric).at(-1)?.last ?? null;

function byHour(buckets: readonly Bucket[]): { hour: string; peak: number }[] {
  const peaks = new Map<number, number>();
  for (const { at, max } of buckets) {
    const hour = Math.floor(at / HOUR_MS) * HOUR_MS;
    peaks.set(hour, Math.max(peaks.get(hour) ?? 0, max));
  }
  return [...peaks].map(([hour, peak]) => ({ hour: iso(hour), peak }));
}

/** Mean of the intervals' p95, each as heavy as it has measurements. */
function meanP95(read: ReadSeries, peer: string): number | null {
  const buckets = read('upstream.p95Ms').get(peer) ?? [];
  if (buckets.length === 0) return null;
  return add(buckets.map((bucket) => bucket.sum)) / add(buckets.map((bucket) => bucket.count));
}

function upstreams(input: DigestInput): UpstreamUse[] {
  const sum = (metric: string, peer: string) => add((input.series(metric).get(peer) ?? []).map((bucket) => bucket.sum));
  return [...input.series('upstream.requests').keys()]
    .map((peer) => ({
      peer,
      requests: sum('upstream.requests', peer),
      errors5xx: sum('upstream.5xx', peer),
      p95Ms: meanP95(input.series, peer),
      p95MsBefore: meanP95(input.before, peer),
    }))
    .sort((a, b) => b.requests - a.requests);
}

function digestIncident(incident: Incident, toMs: number): DigestIncident {
  const until = incident.resolvedAt ?? toMs;
  return {
    id: incident.id,
    cause: incident.cause,
    openedAt: iso(incident.openedAt),
    minutes: (until - incident.openedAt) / 60_000,
    open: incident.resolvedAt === null,
    lostTotal: incident.lostTotal,
    acknowledgedBy: incident.acknowledgedBy,
  };
}

export function summarise(input: DigestInput): DigestSummary {
  const hottest = host(input.series, 'slots.hottestRatio');
  const lines: Record<string, number> = {};
  for (const [pattern, buckets] of input.series('log.lines')) lines[pattern] = add(buckets.map((bucket) => bucket.sum));
  return {
    host: input.host,
    from: iso(input.fromMs),
    to: iso(input.toMs),
    measuredRatio: Math.min(1, (hottest.length * input.bucketMs) / (input.toMs - input.fromMs)),
    slotLimit: lastOf(input, 'slots.limit'),
    slotsByWorker: [...input.series('slots.used')].flatMap(([key, buckets]) => useOf(key, buckets) ?? []),
    slots: ratioOf(input, 'slots.hottestRatio'),
    slotsByHour: byHour(hottest),
    fds: ratioOf(input, 'fds.hottestRatio'),
    fdSoftLimit: lastOf(input, 'fds.softLimit'),
    backlog: ratioOf(input, 'backlog.fullestRatio'),
    lost: {
      refusedByWorkers: total(input, 'status.dropped'),
      listenOverflows: total(input, 'kernel.listenOverflows'),
      starvedUpstreamLeg: lines['worker-connections-upstream'] ?? 0,
    },
    nearMisses: lines['worker-connections-reuse'] ?? 0,
    linesByPattern: lines,
    upstreams: upstreams(input),
    incidents: input.incidents.map((incident) => digestIncident(incident, input.toMs)),
  };
}
