/**
 * Tests for a trend and estimates its slope: seasonal Kendall test and slope (Hirsch, Slack & Smith 1982, "Techniques
 * of trend analysis for monthly water quality data"; Theil–Sen slope with the interval of Gilbert 1987, §16.4).
 * Compares only equal weekdays, so a weekly pattern is not a trend. Tolerates outliers on nearly a third of the days.
 */
import { median, quantile } from './order.ts';

export interface DayValue {
  /** Whole days since any origin. */
  readonly day: number;
  readonly value: number;
}

export interface Trend {
  /** Median change per day. */
  readonly perDay: number;
  /** Its 80 % interval. */
  readonly low: number;
  readonly high: number;
  /** Probability of as much order by chance (two-sided). */
  readonly chance: number;
}

/** With this many days each weekday occurs twice, and only equal weekdays are compared. */
export const TWO_WEEKS = 14;
/** Normal quantile: 80 % of values are within ± this many standard deviations. */
export const Z80 = 1.2816;

/** 0–6, the same for days that are whole weeks apart. */
export const weekdayOf = (day: number): number => ((day % 7) + 7) % 7;

/** Abramowitz & Stegun 26.2.17: |error| < 7.5e-8. */
function upperTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const poly = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * poly;
}

/** Variance of Kendall's S for `n` values, corrected for equal ones. */
function varianceOfS(values: readonly number[]): number {
  const term = (n: number): number => n * (n - 1) * (2 * n + 5);
  const ties = new Map<number, number>();
  for (const value of values) ties.set(value, (ties.get(value) ?? 0) + 1);
  const tied = [...ties.values()].reduce((sum, count) => sum + term(count), 0);
  return (term(values.length) - tied) / 18;
}

/** Groups of days that may be compared. */
function groups(days: readonly DayValue[], weekly: boolean): DayValue[][] {
  if (!weekly) return [[...days]];
  const byWeekday = new Map<number, DayValue[]>();
  for (const day of days) {
    const weekday = weekdayOf(day.day);
    byWeekday.set(weekday, [...(byWeekday.get(weekday) ?? []), day]);
  }
  return [...byWeekday.values()];
}

/** `days` oldest first, at least two. */
export function trendOf(days: readonly DayValue[], weekly: boolean): Trend {
  const slopes: number[] = [];
  let s = 0;
  let variance = 0;
  for (const group of groups(days, weekly)) {
    variance += varianceOfS(group.map((day) => day.value));
    group.forEach((late, index) => {
      for (const early of group.slice(0, index)) {
        slopes.push((late.value - early.value) / (late.day - early.day));
        s += Math.sign(late.value - early.value);
      }
    });
  }
  const z = variance === 0 ? 0 : Math.max(0, Math.abs(s) - 1) / Math.sqrt(variance);
  const reach = (Z80 * Math.sqrt(variance)) / Math.max(1, slopes.length) / 2;
  return {
    perDay: median(slopes),
    low: quantile(slopes, 0.5 - reach),
    high: quantile(slopes, 0.5 + reach),
    chance: Math.min(1, 2 * upperTail(z)),
  };
}
