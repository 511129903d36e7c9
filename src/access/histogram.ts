/**
 * A log2 histogram of whole milliseconds with 6 mantissa bits. It is exact below 128 ms and at most 0.8 % off above. It
 * takes 6.5 KiB and allocates nothing while counting.
 */
import type { Quantiles } from '../core/samples/access.ts';

const MANTISSA_BITS = 6;
const STEPS = 1 << MANTISSA_BITS;
const MAX_VALUE = 0x7fffffff;
const BUCKETS = (31 - MANTISSA_BITS + 1) * STEPS;

export interface Histogram {
  readonly counts: Uint32Array;
  total: number;
  max: number;
}

export function createHistogram(): Histogram {
  return { counts: new Uint32Array(BUCKETS), total: 0, max: 0 };
}

export function record(histogram: Histogram, valueMs: number): void {
  const value = Math.min(valueMs, MAX_VALUE);
  const exponent = 31 - Math.clz32(value | STEPS);
  const shift = exponent - MANTISSA_BITS;
  const bucket = value < STEPS ? value : ((shift + 1) << MANTISSA_BITS) + ((value >>> shift) & (STEPS - 1));
  histogram.counts[bucket] = (histogram.counts[bucket] ?? 0) + 1;
  histogram.total += 1;
  if (value > histogram.max) histogram.max = value;
}

/** The middle of a bucket. */
function middleOf(bucket: number): number {
  if (bucket < STEPS) return bucket;
  const shift = (bucket >>> MANTISSA_BITS) - 1;
  const low = (STEPS + (bucket & (STEPS - 1))) * 2 ** shift;
  return low + Math.floor((2 ** shift - 1) / 2);
}

/** Nearest-rank quantiles; null for an empty histogram. */
export function quantiles(histogram: Histogram): Quantiles | null {
  const { counts, total, max } = histogram;
  if (total === 0) return null;
  const ranks = [0.5, 0.95, 0.99].map((share) => Math.max(1, Math.ceil(share * total)));
  const found: number[] = [];
  for (let bucket = 0, seen = 0; bucket < BUCKETS && found.length < ranks.length; bucket += 1) {
    seen += counts[bucket] ?? 0;
    while (found.length < ranks.length && seen >= (ranks[found.length] ?? 0))
      found.push(Math.min(middleOf(bucket), max));
  }
  const [p50 = max, p95 = max, p99 = max] = found;
  return { p50, p95, p99, max };
}

const COARSE_BITS = 3;

/** The middle of the step that contains `value`, with eight steps for each doubling. */
function coarse(value: number): number {
  const shift = 31 - Math.clz32(value | (1 << COARSE_BITS)) - COARSE_BITS;
  return Math.floor(value / 2 ** shift) * 2 ** shift + Math.floor((2 ** shift - 1) / 2);
}

/** Counts at an eighth of the resolution (exact below 16 ms, then at most 6 % off), smallest first. */
export function coarseCounts({ counts, total }: Histogram): (readonly [ms: number, count: number])[] {
  const found = new Map<number, number>();
  for (let bucket = 0, left = total; left > 0 && bucket < BUCKETS; bucket += 1) {
    const count = counts[bucket] ?? 0;
    if (count === 0) continue;
    left -= count;
    const ms = coarse(middleOf(bucket));
    found.set(ms, (found.get(ms) ?? 0) + count);
  }
  return [...found];
}

/** Adds the counts of `from` to `into` without loss. */
export function merge(into: Histogram, from: Histogram): void {
  if (from.total === 0) return;
  for (let bucket = 0; bucket < BUCKETS; bucket += 1)
    into.counts[bucket] = (into.counts[bucket] ?? 0) + (from.counts[bucket] ?? 0);
  into.total += from.total;
  into.max = Math.max(into.max, from.max);
}

export function clear(histogram: Histogram): void {
  if (histogram.total === 0) return;
  histogram.counts.fill(0);
  histogram.total = 0;
  histogram.max = 0;
}
