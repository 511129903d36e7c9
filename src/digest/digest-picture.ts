/** Builds the data of the digest picture: hourly peaks, forecast and incidents. Times are wall times. */

import { createWallClock, dayAndMonth, steadyWallClock, type WallClock } from '../core/wall-clock.ts';
import { leadOf, outlookOf } from './lead.ts';
import { type Bucket, hostSeries, hourlyPeaks, type ReadSeries } from './measure.ts';
import type { DigestSummary } from './summary.ts';
import { plural } from './words.ts';

export interface DigestPicture {
  readonly title: string;
  readonly altText: string;
  readonly slotLimit: number | null;
  /** Share of the hottest worker's slots; null without a measurement. */
  readonly points: readonly (readonly [wallMs: number, ratio: number | null])[];
  readonly nowMs: number;
  /** At noon of each forecast day. */
  readonly ahead: readonly {
    readonly at: number;
    readonly value: number;
    readonly low: number;
    readonly high: number;
  }[];
  readonly incidents: readonly { readonly from: number; readonly cause: string }[];
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Older days say little about the next ones and crowd the picture. */
const MOST_DAYS = 21;
const LEAST_AHEAD_DAYS = 5;
const MOST_AHEAD_DAYS = 21;

/** Peak of each hour; an hour without a measurement is a gap. */
function hourly(buckets: readonly Bucket[], fromMs: number, toMs: number, wall: WallClock): DigestPicture['points'] {
  const peaks = hourlyPeaks(buckets);
  const first = Math.max(fromMs, Math.min(...peaks.keys(), toMs));
  const points: [number, number | null][] = [];
  for (let hour = Math.floor(first / HOUR_MS) * HOUR_MS; hour < toMs; hour += HOUR_MS) {
    points.push([wall(hour), peaks.get(hour) ?? null]);
  }
  return points;
}

/** `history` holds everything in the store, as for the summary. Null when there are no data. */
export function digestPicture(
  summary: DigestSummary,
  history: ReadSeries,
  incidents: readonly { readonly openedAt: number; readonly resolvedAt: number | null; readonly cause: string }[],
): DigestPicture | null {
  const toMs = Date.parse(summary.to);
  const wall = steadyWallClock(createWallClock(summary.timezone));
  const fromMs = toMs - MOST_DAYS * DAY_MS;
  const points = hourly(hostSeries(history, 'slots.hottestRatio'), fromMs, toMs, wall);
  if (points.every(([, ratio]) => ratio === null)) return null;
  const drawn = incidents.filter(({ openedAt, resolvedAt }) => openedAt < toMs && (resolvedAt ?? toMs) >= fromMs);
  const reach = summary.until80?.days ?? 0;
  const days = Math.min(MOST_AHEAD_DAYS, Math.max(LEAST_AHEAD_DAYS, reach + 2));
  return {
    title: outlookOf(summary).replace(/\.$/, ''),
    altText: `Line chart of the hottest worker's slots, ${plural(Math.ceil(points.length / 24), 'day')} by the hour, with the limit, 80% of it, ${plural(drawn.length, 'incident')} and the forecast. ${leadOf(summary)}`,
    slotLimit: summary.slotLimit,
    points,
    nowMs: wall(toMs),
    ahead: summary.forecast.points.slice(0, days).map(({ day, value, low, high }) => ({
      at: wall(toMs + (day - 0.5) * DAY_MS),
      value,
      low,
      high,
    })),
    incidents: drawn.map(({ openedAt, cause }) => ({ from: wall(openedAt), cause })),
  };
}

const MOST_BARS = 20;

/** Peak of each measured day, newest last, at most 20. */
export function dailyBars({ points }: DigestPicture): { day: string; ratio: number }[] {
  const peaks = new Map<string, number>();
  for (const [at, ratio] of points) {
    if (ratio !== null) peaks.set(dayAndMonth(at), Math.max(peaks.get(dayAndMonth(at)) ?? 0, ratio));
  }
  return [...peaks].slice(-MOST_BARS).map(([day, ratio]) => ({ day, ratio }));
}
