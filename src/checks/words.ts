/** Formats numbers for `values` of an answer. */

/** Ratios and rates in `values` have four decimals. */
export function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
