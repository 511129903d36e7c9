/**
 * Summarises a period (a day, a week): peaks, p95 and averages per worker, losses, near misses, changes, forecast and
 * recommendation. Pure: the caller provides the series.
 */
import type { NotObservable } from '../core/diagnosis.ts';
import type { Incident } from '../core/incident.ts';
import type { Meanings } from '../core/meaning.ts';
import type { LogLevel } from '../core/signal.ts';
import { createWallClock, steadyWallClock } from '../core/wall-clock.ts';
import { type DayUse, daysOf, type HourUse, hoursOf } from './days.ts';
import { type Directive, type Drift, driftBetween } from './directives.ts';
import { dailyPeaks, daysUntil, type Forecast, forecast, type Reach } from './forecast.ts';
import {
  type DigestIncident,
  incidentsOf,
  type Life,
  type Lines,
  type Losses,
  lifeOf,
  linesByPattern,
  lossesOf,
} from './losses.ts';
import {
  add,
  averageOf,
  type Bucket,
  hostSeries,
  hourlyPeaks,
  iso,
  peakOf,
  type ReadSeries,
  type ReadSums,
  type Use,
  useOf,
} from './measure.ts';
import { type Load, type Recommendation, recommend, WANTS_SLOTS } from './recommend.ts';
import { type LatenciesByPeer, type UpstreamUse, upstreamsOf } from './upstreams.ts';

export interface DigestInput {
  readonly host: string;
  readonly timezone: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly series: ReadSeries;
  /** The same for the period before, for the differences. */
  readonly before: ReadSeries;
  /** Sums of both periods. */
  readonly sums: ReadSums;
  readonly sumsBefore: ReadSums;
  /** Response times of the upstream peers in both periods. */
  readonly latencies: LatenciesByPeer;
  readonly latenciesBefore: LatenciesByPeer;
  /** Everything in the store up to `toMs`, in buckets of `historyBucketMs`, for the forecast. */
  readonly history: ReadSeries;
  readonly historyBucketMs: number;
  /** All stored incidents, not only those of the period. */
  readonly incidents: readonly Incident[];
  /** Directives in force at `fromMs` and at `toMs`; null when they were not recorded then. */
  readonly directivesBefore: readonly Directive[] | null;
  readonly directives: readonly Directive[] | null;
  /** Mildest level of any error log; null when unknown. */
  readonly loggedFrom: LogLevel | null;
  /** What the patterns of the catalogue mean. */
  readonly meanings: Meanings;
  readonly blindSpots: readonly NotObservable[];
}

export interface Ratio extends Use {
  /** Peak of the period before; null without a measurement. */
  readonly peakBefore: number | null;
}

export interface WorkerUse extends Use {
  /** `w0`, `w1`, … by pid. */
  readonly key: string;
}

export interface DigestSummary {
  readonly host: string;
  readonly timezone: string;
  readonly from: string;
  readonly to: string;
  /** Share of the period with slot samples, 0–1. */
  readonly measuredRatio: number;
  readonly slotLimit: number | null;
  /** Used slots. */
  readonly slotsByWorker: readonly WorkerUse[];
  /** Share of the hottest worker's slots, 0–1. */
  readonly slots: Ratio | null;
  readonly slotsByHour: readonly HourUse[];
  /** Worst first. */
  readonly days: readonly DayUse[];
  /** Share of one worker's descriptors. */
  readonly fds: Ratio | null;
  readonly fdSoftLimit: number | null;
  /** Share of the fullest accept queue's backlog. */
  readonly backlog: Ratio | null;
  readonly lost: Losses;
  readonly life: Life;
  readonly linesByPattern: Lines;
  readonly upstreams: readonly UpstreamUse[];
  readonly incidents: readonly DigestIncident[];
  /** Null when there are no earlier settings. */
  readonly drift: readonly Drift[] | null;
  readonly blindSpots: readonly NotObservable[];
  /** Of the daily peak share of the hottest worker. */
  readonly forecast: Forecast;
  /** Days until 80 % and until all of the slots; null when not expected. */
  readonly until80: Reach | null;
  readonly untilFull: Reach | null;
  readonly recommendation: Recommendation;
}

/** Longest forecast; never more than three times the measured time. */
const HORIZON_DAYS = 60;
const QUARTER_MS = 15 * 60_000;
const SOON_DAYS = 30;
const PROXIES = /^(?:proxy|fastcgi|uwsgi|scgi|grpc|memcached)_pass /;

const lastOf = (read: ReadSeries, metric: string): number | null => hostSeries(read, metric).at(-1)?.last ?? null;

function ratioOf(input: DigestInput, metric: string): Ratio | null {
  const use = useOf(hostSeries(input.series, metric));
  return use === null ? null : { ...use, peakBefore: peakOf(hostSeries(input.before, metric)) };
}

/**
 * Without the minutes of incidents in which something other than traffic filled the slots, because that is not growth.
 */
function forecastOf({ history, historyBucketMs, toMs, incidents }: DigestInput): Forecast {
  const strange = incidents.filter(({ cause }) => !WANTS_SLOTS.has(cause));
  const ordinary = hostSeries(history, 'slots.hottestRatio').filter(
    ({ at }) =>
      !strange.some(
        ({ openedAt, resolvedAt }) =>
          at + 2 * historyBucketMs > openedAt && at < (resolvedAt ?? toMs) + historyBucketMs,
      ),
  );
  const days = dailyPeaks(ordinary, historyBucketMs, toMs);
  return forecast(days, Math.min(HORIZON_DAYS, days.length * 3));
}

function averageHourlyPeak(buckets: readonly Bucket[]): number {
  const peaks = hourlyPeaks(buckets);
  return add([...peaks.values()]) / Math.max(1, peaks.size);
}

/** By quarters of an hour, because polls may be minutes apart. */
function measuredRatio(buckets: readonly Bucket[], { fromMs, toMs }: DigestInput): number {
  const seen = new Set(buckets.map(({ at }) => Math.floor(at / QUARTER_MS)));
  return Math.min(1, (seen.size * QUARTER_MS) / (toMs - fromMs));
}

function loadOf(input: DigestInput, seen: Forecast): Load | null {
  const { series, directives } = input;
  const used = hostSeries(series, 'slots.hottestUsed');
  const [slotLimit, peak] = [lastOf(series, 'slots.limit'), peakOf(used)];
  if (slotLimit === null || peak === null) return null;
  const fds = [...series('fds.used').values()].flatMap((buckets) => peakOf(buckets) ?? []);
  const soon = seen.kind === 'rising' ? seen.points.slice(0, SOON_DAYS).map((point) => point.value) : [];
  return {
    averagePeak: averageHourlyPeak(used),
    peak,
    slotLimit,
    workers: lastOf(series, 'workers.current') ?? 1,
    upstreamPerClient: averageOf(hostSeries(series, 'sockets.upstreamPerClient')),
    proxies: directives?.some(({ name }) => PROXIES.test(name)) ?? false,
    fdPeak: fds.length === 0 ? null : Math.max(...fds),
    fdSoftLimit: lastOf(series, 'fds.softLimit'),
    expectedRatio: soon.length === 0 ? null : Math.max(...soon),
    slotsPlace: directives?.find(({ name }) => name === 'worker_connections')?.place ?? null,
  };
}

/** All figures of one period; null without a measurement. */
export function summarise(input: DigestInput): DigestSummary {
  const { series, directives, directivesBefore, fromMs, meanings } = input;
  const incidents = input.incidents.filter(({ resolvedAt }) => resolvedAt === null || resolvedAt >= fromMs);
  const hottest = hostSeries(series, 'slots.hottestRatio');
  const lines = linesByPattern(series);
  const wall = steadyWallClock(createWallClock(input.timezone));
  const seen = forecastOf(input);
  return {
    host: input.host,
    timezone: input.timezone,
    from: iso(fromMs),
    to: iso(input.toMs),
    measuredRatio: measuredRatio(hottest, input),
    slotLimit: lastOf(series, 'slots.limit'),
    slotsByWorker: [...series('slots.used')].flatMap(([key, buckets]) => {
      const use = useOf(buckets);
      return use === null ? [] : { key, ...use };
    }),
    slots: ratioOf(input, 'slots.hottestRatio'),
    slotsByHour: hoursOf(hottest, wall),
    days: daysOf(series, incidents, wall),
    fds: ratioOf(input, 'fds.hottestRatio'),
    fdSoftLimit: lastOf(series, 'fds.softLimit'),
    backlog: ratioOf(input, 'backlog.fullestRatio'),
    lost: lossesOf(series, { lines, meanings }, incidents),
    life: lifeOf(series, { lines, meanings }, input.loggedFrom),
    linesByPattern: lines,
    upstreams: upstreamsOf(
      { sums: input.sums, latencies: input.latencies },
      { sums: input.sumsBefore, latencies: input.latenciesBefore },
    ),
    incidents: incidentsOf(incidents, input.toMs),
    drift: directives === null || directivesBefore === null ? null : driftBetween(directivesBefore, directives),
    blindSpots: input.blindSpots,
    forecast: seen,
    until80: daysUntil(seen, 0.8),
    untilFull: daysUntil(seen, 1),
    recommendation: recommend(loadOf(input, seen), incidents),
  };
}
