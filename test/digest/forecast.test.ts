import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dailyPeaks, daysUntil, forecast, recentLevel } from '../../src/digest/forecast.ts';
import type { DayValue } from '../../src/digest/trend.ts';
import { noise } from '../support/noise.ts';

const DAY_MS = 86_400_000;

const days = (count: number, value: (index: number) => number): DayValue[] =>
  Array.from({ length: count }, (_, index) => ({ day: index - count, value: value(index) }));

const weekend = (index: number): number => (index % 7 >= 5 ? -0.2 : 0);

describe('the forecast', () => {
  it('gives no forecast from two days', () => {
    expect(
      forecast(
        days(2, (i) => i),
        7,
      ),
    ).toMatchObject({ kind: 'too-short', daysSeen: 2, points: [] });
  });

  it('finds no trend in noise, and still gives an interval', () => {
    const random = noise(7);
    const seen = forecast(
      days(21, () => 0.4 + 0.05 * random()),
      7,
    );
    expect(seen.kind).toBe('no-trend');
    for (const { value, low, high } of seen.points) {
      expect(low).toBeLessThan(value);
      expect(high).toBeGreaterThan(value);
    }
  });

  it('finds a trend in fewer than a tenth of noise series', () => {
    const named = Array.from({ length: 120 }, (_, seed) => {
      const random = noise(7919 * (seed + 1));
      return forecast(
        days(6 + (seed % 3) * 4, () => 0.4 + 0.05 * random()),
        7,
      ).kind;
    }).filter((kind) => kind !== 'no-trend');
    expect(named.length).toBeLessThan(12);
  });

  it.each([3, 4, 5, 7, 10])('covers four of five days with its interval, also from %i days', (count) => {
    const inside = Array.from({ length: 1000 }, (_, seed) => {
      const random = noise(7919 * (seed + 1) + count);
      const roughlyNormal = () => 5 + random() + random() + random();
      const [next] = forecast(days(count, roughlyNormal), 1).points;
      const truth = roughlyNormal();
      return truth >= (next?.low ?? 0) && truth <= (next?.high ?? 0);
    }).filter(Boolean);
    expect(inside.length / 1000).toBeGreaterThan(0.73);
    expect(inside.length / 1000).toBeLessThan(0.92);
  });

  it('does not take a weekly pattern for a trend, and repeats it', () => {
    const random = noise(3);
    const seen = forecast(
      days(21, (i) => 0.5 + weekend(i) + 0.01 * random()),
      7,
    );
    expect(seen).toMatchObject({ kind: 'no-trend', weekly: true });
    const [monday, , , , , saturday] = seen.points;
    expect((monday?.value ?? 0) - (saturday?.value ?? 0)).toBeCloseTo(0.2, 1);
  });

  it('finds a rise beneath weekends and two wild days', () => {
    const random = noise(11);
    const seen = forecast(
      days(21, (i) => (i === 8 || i === 12 ? 1 : 0.3 + 0.01 * i + weekend(i) + 0.01 * random())),
      30,
    );
    expect(seen.kind).toBe('rising');
    expect(seen.perDay).toBeCloseTo(0.01, 2);
    expect(seen.points[0]?.value).toBeCloseTo(0.51, 1);
  });

  it('does not continue growth that has stopped', () => {
    const random = noise(13);
    const seen = forecast(
      days(28, (i) => 0.3 + 0.012 * Math.min(i, 16) + 0.01 * random()),
      14,
    );
    expect(seen.kind).toBe('no-trend');
    expect(seen.points.at(-1)?.value).toBeCloseTo(0.49, 1);
    expect(daysUntil(seen, 0.8)).toBeNull();
  });

  it('gives the days to a threshold with a range around them', () => {
    const random = noise(5);
    const seen = forecast(
      days(14, (i) => 0.5 + 0.02 * i + 0.01 * random()),
      30,
    );
    const reach = daysUntil(seen, 0.9);
    expect(reach?.days).toBeGreaterThanOrEqual(4);
    expect(reach?.days).toBeLessThanOrEqual(8);
    expect(reach?.earliest).toBeLessThanOrEqual(reach?.days ?? 0);
    expect(reach?.latest ?? 99).toBeGreaterThanOrEqual(reach?.days ?? 99);
    expect(daysUntil(seen, 0.5)?.days).toBe(0);
    expect(
      daysUntil(
        forecast(
          days(14, (i) => 0.9 - 0.02 * i),
          30,
        ),
        0.95,
      ),
    ).toBeNull();
  });

  it('estimates the level of the past week without its wildest day', () => {
    const random = noise(5);
    const seen = forecast(
      days(21, (i) => (i === 19 ? 1 : 0.4 + 0.01 * i + weekend(i) + 0.01 * random())),
      30,
    );
    expect(recentLevel(seen)).toBeGreaterThan(0.55);
    expect(recentLevel(seen)).toBeLessThan(0.65);
  });

  it('is the same in other units and never negative', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 3, maxLength: 30 }), (values) => {
        const seen = forecast(
          days(values.length, (i) => values[i] ?? 0),
          10,
        );
        const thousandfold = forecast(
          days(values.length, (i) => (values[i] ?? 0) * 1024),
          10,
        );
        expect(thousandfold.kind).toBe(seen.kind);
        seen.points.forEach(({ low, value, high }, index) => {
          expect(low).toBeGreaterThanOrEqual(0);
          expect(low).toBeLessThanOrEqual(value);
          expect(value).toBeLessThanOrEqual(high);
          expect(thousandfold.points[index]?.value).toBeCloseTo(value * 1024, 3);
        });
      }),
    );
  });
});

describe('daily peaks', () => {
  const HOUR_MS = 3_600_000;
  const now = 100 * DAY_MS;

  it('counts back from now and skips days with few measurements', () => {
    const hours = Array.from({ length: 60 }, (_, hour) => ({ at: now - (hour + 1) * HOUR_MS, max: hour }));
    expect(dailyPeaks(hours, HOUR_MS, now)).toEqual([
      { day: -3, value: 59 },
      { day: -2, value: 47 },
      { day: -1, value: 23 },
    ]);
    expect(dailyPeaks(hours.slice(0, 59), HOUR_MS, now).map(({ day }) => day)).toEqual([-2, -1]);
  });
});
