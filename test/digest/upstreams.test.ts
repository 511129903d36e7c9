import fc from 'fast-check';
import { expect, it } from 'vitest';
import { coarseCounts, createHistogram, record } from '../../src/access/histogram.ts';
import { countedQuantile } from '../../src/digest/upstreams.ts';

/** With `sort` and nearest rank. */
const exact = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.max(1, Math.ceil(share * values.length)) - 1] ?? Number.NaN;

it('computes quantiles of merged intervals within 7 % of those of all requests', () => {
  const interval = fc.array(fc.integer({ min: 0, max: 120_000 }), { minLength: 1, maxLength: 80 });
  fc.assert(
    fc.property(fc.array(interval, { minLength: 1, maxLength: 6 }), (intervals) => {
      const merged = new Map<number, number>();
      for (const values of intervals) {
        const histogram = createHistogram();
        for (const value of values) record(histogram, value);
        for (const [ms, count] of coarseCounts(histogram)) merged.set(ms, (merged.get(ms) ?? 0) + count);
      }
      for (const share of [0.5, 0.95, 0.99]) {
        const truth = exact(intervals.flat(), share);
        expect(Math.abs((countedQuantile(merged, share) ?? Number.NaN) - truth)).toBeLessThanOrEqual(truth * 0.07);
      }
    }),
    { numRuns: 300, seed: 20261121 },
  );
});

it('gives no quantile without values', () => {
  expect(countedQuantile(new Map(), 0.5)).toBeNull();
});
