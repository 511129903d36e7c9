import { describe, expect, it } from 'vitest';
import { createWallClock } from '../../src/core/wall-clock.ts';
import { daysOf, hoursOf } from '../../src/digest/days.ts';
import type { Bucket, ReadSeries } from '../../src/digest/measure.ts';

const HOUR_MS = 3_600_000;
const MONDAY = Date.parse('2026-11-16T00:00:00Z');
const utc = createWallClock('UTC');

/** One bucket for each hour; each number is the peak of one day, null for a day without measurements. */
function days(...peaks: readonly (number | null)[]): Bucket[] {
  return peaks.flatMap((peak, day) =>
    peak === null
      ? []
      : Array.from({ length: 24 }, (_, hour): Bucket => {
          const value = hour === 12 ? peak : 0.1;
          return { at: MONDAY + (day * 24 + hour) * HOUR_MS, min: 0, max: value, sum: value, count: 1, last: value };
        }),
  );
}

const measured =
  (buckets: readonly Bucket[]): ReadSeries =>
  (metric) =>
    new Map(metric === 'slots.hottestRatio' ? [['', buckets]] : []);

const changes = (buckets: readonly Bucket[]): Record<string, number | null> =>
  Object.fromEntries(daysOf(measured(buckets), [], utc).map(({ day, change }) => [day, change]));

describe('the days of a period', () => {
  it('are listed worst first, each with the difference to the day before', () => {
    const seen = daysOf(measured(days(0.5, 0.75, 0.25)), [], utc);
    expect(seen.map(({ day, peak, change }) => [day, peak, change])).toEqual([
      ['2026-11-17', 0.75, 0.25],
      ['2026-11-16', 0.5, null],
      ['2026-11-18', 0.25, -0.5],
    ]);
  });

  it('are not compared with a day without measurements', () => {
    expect(changes(days(0.5, null, 0.75))).toEqual({ '2026-11-16': null, '2026-11-18': null });
    expect(changes(days(0.5, 0.75).slice(0, -7))).toEqual({ '2026-11-16': null, '2026-11-17': null });
  });

  it('begin at midnight of the time zone', () => {
    const auckland = createWallClock('Pacific/Auckland');
    expect(hoursOf(days(0.5), auckland).find(({ peak }) => peak === 0.5)?.hour).toBe(1);
    expect(daysOf(measured(days(0.5)), [], auckland).map(({ day }) => day)).toEqual(['2026-11-17', '2026-11-16']);
  });
});
