/** Computes figures of one measured series over a period. A missing measurement gives null, never zero. */
import { quantile } from './order.ts';

/** A bucket of a measured series; `at` is its start, ms since the epoch. */
export interface Bucket {
  readonly at: number;
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  readonly count: number;
  readonly last: number;
}

/** The buckets of one metric in the period, by key (worker, listener, upstream peer; empty for the host). */
export type ReadSeries = (metric: string) => ReadonlyMap<string, readonly Bucket[]>;

/** The sums of one metric in the period by key, for hundreds of upstream peers. */
export type ReadSums = (metric: string) => ReadonlyMap<string, number>;

export interface Use {
  readonly peak: number;
  /** ISO start of the bucket with the peak. */
  readonly peakAt: string;
  /** 95 of 100 buckets are at or below this. */
  readonly p95: number;
  readonly average: number;
}

export const iso = (at: number): string => new Date(at).toISOString();
export const add = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
export const sumOf = (buckets: readonly Bucket[]): number => add(buckets.map((bucket) => bucket.sum));
export const hostSeries = (read: ReadSeries, metric: string): readonly Bucket[] => read(metric).get('') ?? [];

/** Mean of all measurements. */
export function averageOf(buckets: readonly Bucket[]): number | null {
  const count = add(buckets.map((bucket) => bucket.count));
  return count === 0 ? null : sumOf(buckets) / count;
}

export function peakOf(buckets: readonly Bucket[]): number | null {
  return buckets.length === 0 ? null : buckets.reduce((best, bucket) => Math.max(best, bucket.max), 0);
}

const HOUR_MS = 3_600_000;

/** Highest value of each measured hour, by the hour's start in UTC, ms. */
export function hourlyPeaks(buckets: readonly Bucket[]): ReadonlyMap<number, number> {
  const peaks = new Map<number, number>();
  for (const { at, max } of buckets) {
    const hour = Math.floor(at / HOUR_MS) * HOUR_MS;
    peaks.set(hour, Math.max(peaks.get(hour) ?? 0, max));
  }
  return peaks;
}

export function useOf(buckets: readonly Bucket[]): Use | null {
  const [first] = buckets;
  if (first === undefined) return null;
  const top = buckets.reduce((best, bucket) => (bucket.max > best.max ? bucket : best), first);
  return {
    peak: top.max,
    peakAt: iso(top.at),
    p95: quantile(
      buckets.map((bucket) => bucket.max),
      0.95,
    ),
    average: averageOf(buckets) ?? 0,
  };
}

/** Sum of the host's increments; null without a measurement. */
export function totalOf(read: ReadSeries, metric: string): number | null {
  const buckets = hostSeries(read, metric);
  return buckets.length === 0 ? null : sumOf(buckets);
}
