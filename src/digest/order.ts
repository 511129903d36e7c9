/** Order statistics, which a single outlier does not move. They accept values in any order; empty input gives NaN. */

/** The `q` quantile (0–1), interpolated between neighbours. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.min(sorted.length - 1, Math.max(0, q * (sorted.length - 1)));
  const below = sorted[Math.floor(rank)] ?? Number.NaN;
  const above = sorted[Math.ceil(rank)] ?? Number.NaN;
  return below + (above - below) * (rank - Math.floor(rank));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Bias of the median absolute deviation of 2, 3, … 9 normal values (Croux & Rousseeuw 1992). */
const SMALL_SAMPLES = [1.196, 1.495, 1.363, 1.206, 1.2, 1.14, 1.129, 1.107];

/** Standard deviation estimated from the median absolute deviation (for a normal distribution: × 1.4826). */
export function spread(values: readonly number[]): number {
  const middle = median(values);
  const tooSmallBy = SMALL_SAMPLES[values.length - 2] ?? values.length / (values.length - 0.8);
  return tooSmallBy * 1.4826 * median(values.map((value) => Math.abs(value - middle)));
}
