import fc from 'fast-check';
import { expect, it } from 'vitest';
import { clear, createHistogram, quantiles, record } from '../../src/access/histogram.ts';

const values = fc.array(fc.oneof(fc.nat(200), fc.nat(10_000), fc.nat(5_000_000)), { minLength: 1, maxLength: 300 });

it('is within 0.8 % of the exact quantiles, and exact below 128 ms', () => {
  fc.assert(
    fc.property(values, (list) => {
      const histogram = createHistogram();
      for (const value of list) record(histogram, value);
      const sorted = [...list].sort((a, b) => a - b);
      const found = quantiles(histogram);
      for (const [name, share] of [
        ['p50', 0.5],
        ['p95', 0.95],
        ['p99', 0.99],
      ] as const) {
        const exact = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] ?? 0;
        const error = Math.abs((found?.[name] ?? -1) - exact);
        expect(error).toBeLessThanOrEqual(exact < 128 ? 0 : exact * 0.008);
      }
      expect(found?.max).toBe(sorted.at(-1));
    }),
  );
});

it('has no quantiles when empty, and is empty after clearing', () => {
  const histogram = createHistogram();
  record(histogram, 99_999_999_999);
  expect(quantiles(histogram)?.max).toBe(2 ** 31 - 1);
  clear(histogram);
  expect(quantiles(histogram)).toBeNull();
  expect(quantiles(createHistogram())).toBeNull();
});
