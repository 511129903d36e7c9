/**
 * Fits the daily peaks for the forecast: a level by medians, a weekday pattern when two weeks show one, and the
 * seasonal Kendall slope (trend.ts) when it is significant. Growth that stopped and a level that jumped look like a
 * slope, so fits without a slope are used when they missed clearly less on the newest days of the series (time series
 * cross-validation, Hyndman & Athanasopoulos, fpp3 §5.10).
 */
import { add } from './measure.ts';
import { median } from './order.ts';
import { type DayValue, type Trend, TWO_WEEKS, trendOf, weekdayOf } from './trend.ts';

export const ENOUGH_DAYS = 3;
/** The level is the median of the newest week; a moving level is that of the newest two days. */
export const NEWEST = 7;
const MOVED = 2;
/** A trend counts when chance gives order this strong in fewer than 1 of 20 cases. */
const CHANCE = 0.05;
/** Number of past days that are forecast from the days before them. */
const LOOK_BACK = 14;
/** The weekday pattern must reduce the misses by a tenth more than chance does. */
const WORTH_IT = 0.9;
/** The other fit must miss less by this factor, because a choice between two fits is partly luck. */
const CLEARLY = 0.85;

interface Way {
  readonly weekly: boolean;
  readonly slope: boolean;
  /** Number of days that give the level. */
  readonly newest: number;
}

interface Fit {
  readonly trend: Trend;
  /** Change per day; 0 without a significant trend. */
  readonly perDay: number;
  readonly weekly: boolean;
  expected(day: number): number;
}

export interface ChosenFit extends Fit {
  /** Misses of such forecasts, up to a week ahead, from each of the newest days. */
  readonly misses: readonly number[];
}

/** Median distance of each weekday from the line. */
function weekdayOffsets(days: readonly DayValue[], perDay: number): ReadonlyMap<number, number> {
  const level = median(days.map(({ day, value }) => value - perDay * day));
  const offsets = new Map<number, number>();
  for (let weekday = 0; weekday < 7; weekday++) {
    const own = days.filter(({ day }) => weekdayOf(day) === weekday);
    if (own.length > 0) offsets.set(weekday, median(own.map(({ day, value }) => value - perDay * day)) - level);
  }
  return offsets;
}

function fitWith(days: readonly DayValue[], { weekly, slope, newest }: Way): Fit {
  const trend = trendOf(days, weekly);
  const perDay = slope && trend.chance < CHANCE ? trend.perDay : 0;
  const offsets = weekly ? weekdayOffsets(days, perDay) : new Map<number, number>();
  const shape = (day: number): number => perDay * day + (offsets.get(weekdayOf(day)) ?? 0);
  const level = median(days.slice(-newest).map(({ day, value }) => value - shape(day)));
  return { trend, perDay, weekly, expected: (day) => level + shape(day) };
}

const missesOf = (days: readonly DayValue[], { expected }: Fit): number[] =>
  days.map(({ day, value }) => Math.abs(value - expected(day)));

/** Two weeks show a weekday pattern: it explains more than seven free numbers would. */
function isWeekly(days: readonly DayValue[]): boolean {
  const span = (days.at(-1)?.day ?? 0) - (days[0]?.day ?? 0) + 1;
  if (span < TWO_WEEKS || days.length < TWO_WEEKS - 2) return false;
  const misses = (weekly: boolean): number => add(missesOf(days, fitWith(days, { ...SLOPING, weekly })));
  const fair = Math.sqrt((days.length - 8) / (days.length - 1));
  return misses(true) < misses(false) * fair * WORTH_IT;
}

const SLOPING = { slope: true, newest: NEWEST };
const LEVEL = { slope: false, newest: MOVED };

/** The misses of this fit on each of the newest days, forecast from the days before it. */
function pastMisses(days: readonly DayValue[], way: Way): number[] {
  // Forecasts before the weekday pattern is known say nothing about forecasts with it.
  const first = Math.max(way.weekly ? TWO_WEEKS : ENOUGH_DAYS, days.length - LOOK_BACK);
  return days.slice(first).flatMap((_, index) => {
    const past = days.slice(0, first + index);
    const fit = fitWith(past, { ...way, weekly: way.weekly && isWeekly(past) });
    return missesOf(days.slice(first + index, first + index + NEWEST), fit);
  });
}

/** `days` oldest first, at least `ENOUGH_DAYS`. */
export function dailyFit(days: readonly DayValue[]): ChosenFit {
  const weekly = isWeekly(days);
  const sloping = { ...SLOPING, weekly };
  const level = { ...LEVEL, weekly };
  const [usual, other] = [pastMisses(days, sloping), pastMisses(days, level)];
  if (add(other) >= add(usual) * CLEARLY) return { ...fitWith(days, sloping), misses: usual };
  // The fit was chosen for its few misses, so the interval counts the misses of both.
  return { ...fitWith(days, level), misses: [...other, ...usual] };
}
