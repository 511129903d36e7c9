/**
 * Forecasts the daily peaks (daily-fit.ts) with an 80 % prediction interval from the misses of past forecasts on the
 * same series. Reports "no trend" when the order may be chance, and no forecast from fewer than three days.
 */
import { dailyFit, ENOUGH_DAYS, NEWEST } from './daily-fit.ts';
import { quantile, spread } from './order.ts';
import { type DayValue, Z80 } from './trend.ts';

export interface ForecastDay {
  /** 1 = the 24 hours that begin now. */
  readonly day: number;
  readonly value: number;
  /** The 80 % prediction interval. */
  readonly low: number;
  readonly high: number;
}

export interface Forecast {
  /** `too-short`: fewer than 3 days; `points` is then empty. */
  readonly kind: 'too-short' | 'no-trend' | 'rising' | 'falling';
  /** Number of days with a peak. */
  readonly daysSeen: number;
  /** Whether the forecast uses the weekday pattern, which needs two weeks. */
  readonly weekly: boolean;
  /** Change per day; 0 without a trend. */
  readonly perDay: number;
  readonly points: readonly ForecastDay[];
}

export interface Reach {
  /** Days until the expected peak reaches it; 0 when it has. */
  readonly days: number;
  readonly earliest: number;
  /** Null when the interval allows that it never happens. */
  readonly latest: number | null;
}

const DAY_MS = 86_400_000;

interface Peak {
  readonly at: number;
  readonly max: number;
}

/**
 * Peak of each 24 hours before `nowMs`; day −1 is the newest. Skips a day that was measured for less than half, because
 * its peak may be in the other half.
 */
export function dailyPeaks(buckets: readonly Peak[], bucketMs: number, nowMs: number): DayValue[] {
  const days = new Map<number, { value: number; count: number }>();
  for (const { at, max } of buckets) {
    const day = Math.ceil((at + 1 - nowMs) / DAY_MS) - 1;
    const seen = days.get(day) ?? { value: max, count: 0 };
    days.set(day, { value: Math.max(seen.value, max), count: seen.count + 1 });
  }
  return [...days]
    .filter(([, { count }]) => count * bucketMs >= DAY_MS / 2)
    .map(([day, { value }]) => ({ day, value }))
    .sort((a, b) => a.day - b.day);
}

/** The quantile of split conformal prediction (Lei et al. 2018), for as many misses and one new day. */
const missOf = (misses: readonly number[]): number =>
  misses.length === 0 ? 0 : quantile(misses, Math.min(1, 0.8 * (1 + 1 / misses.length)));

/** Efficiency of the median absolute deviation relative to the standard deviation of normal values. */
const MAD_EFFICIENCY = 0.37;

/** Quantile of Student's t from the normal one (Abramowitz & Stegun 26.7.5): fewer days, wider interval. */
const t80 = (freedom: number): number => Z80 * (1 + (Z80 * Z80 + 1) / (4 * Math.max(1, freedom)));

/** `days` oldest first; day −1 is the newest. */
export function forecast(days: readonly DayValue[], horizonDays: number): Forecast {
  const daysSeen = days.length;
  if (daysSeen < ENOUGH_DAYS) return { kind: 'too-short', daysSeen, weekly: false, perDay: 0, points: [] };
  const { trend, perDay, weekly, expected, misses } = dailyFit(days);
  const freedom = Math.max(1, daysSeen - (weekly ? 8 : 1));
  const scatter =
    t80(MAD_EFFICIENCY * freedom) *
    Math.sqrt(daysSeen / freedom) *
    spread(days.map(({ day, value }) => value - expected(day)));
  const miss = Math.max(scatter, missOf(misses));
  const points = Array.from({ length: horizonDays }, (_, index): ForecastDay => {
    const value = expected(index);
    const reach = Math.hypot(miss, ((trend.high - trend.low) / 2) * Math.max(0, index - NEWEST));
    return {
      day: index + 1,
      value: Math.max(0, value),
      low: Math.max(0, value - reach),
      high: Math.max(0, value + reach),
    };
  });
  const kind = perDay > 0 ? 'rising' : perDay < 0 ? 'falling' : 'no-trend';
  return { kind, daysSeen, weekly, perDay, points };
}

/** When a rising forecast reaches `threshold`; null when it does not within its horizon. */
export function daysUntil({ kind, points }: Forecast, threshold: number): Reach | null {
  if (kind !== 'rising') return null;
  const first = (reaches: (point: ForecastDay) => boolean): number | null => points.find(reaches)?.day ?? null;
  const days = first(({ value }) => value >= threshold);
  if (days === null) return null;
  return {
    days: days - 1,
    earliest: (first(({ high }) => high >= threshold) ?? days) - 1,
    latest: first(({ low }) => low >= threshold),
  };
}

/** Highest expected peak of the last week, without single wild days. */
export function recentLevel({ points, perDay }: Forecast): number {
  const week = points.slice(0, 7);
  return Math.max(0, ...week.map(({ value }) => value - 7 * perDay));
}
