/** Figures as `values` of an answer hold them. */

/** Ratios and rates in `values`: four decimals say all there is to say. */
export function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
