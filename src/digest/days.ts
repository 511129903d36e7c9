/** Cuts the period into hours of the day and into days, worst first. */
import type { Incident } from '../core/incident.ts';
import { isoDay, type WallClock } from '../core/wall-clock.ts';
import { type Bucket, hostSeries, hourlyPeaks, peakOf, type ReadSeries, sumOf } from './measure.ts';

export interface HourUse {
  /** Hour of the day on the wall clock, 0–23. */
  readonly hour: number;
  /** Highest share of the hottest worker's slots in that hour of any day, 0–1. */
  readonly peak: number;
}

export interface DayUse {
  /** `2026-11-21` on the wall clock. */
  readonly day: string;
  readonly peak: number;
  /** Peak minus that of the day before; null unless both days were measured for most of their hours. */
  readonly change: number | null;
  readonly refused: number | null;
  readonly incidents: number;
}

function fold<K>(buckets: readonly Bucket[], keyOf: (bucket: Bucket) => K): Map<K, Bucket[]> {
  const folded = new Map<K, Bucket[]>();
  for (const bucket of buckets) {
    const key = keyOf(bucket);
    const own = folded.get(key);
    if (own === undefined) folded.set(key, [bucket]);
    else own.push(bucket);
  }
  return folded;
}

const DAY_MS = 86_400_000;
const MOST_OF_A_DAY = 18;
const isWhole = (buckets: readonly Bucket[]): boolean => hourlyPeaks(buckets).size >= MOST_OF_A_DAY;

/** Only measured hours, in order. */
export function hoursOf(hottest: readonly Bucket[], wall: WallClock): HourUse[] {
  return [...fold(hottest, ({ at }) => new Date(wall(at)).getUTCHours())]
    .map(([hour, buckets]) => ({ hour, peak: peakOf(buckets) ?? 0 }))
    .sort((a, b) => a.hour - b.hour);
}

/** Worst first: by clients refused, then by peak. */
export function daysOf(series: ReadSeries, incidents: readonly Incident[], wall: WallClock): DayUse[] {
  const refused = fold(hostSeries(series, 'status.dropped'), ({ at }) => isoDay(wall(at)));
  const days = fold(hostSeries(series, 'slots.hottestRatio'), ({ at }) => isoDay(wall(at)));
  const used = [...days].map(([day, buckets]): DayUse => {
    const peak = peakOf(buckets) ?? 0;
    const before = days.get(isoDay(Date.parse(day) - DAY_MS)) ?? [];
    const lost = refused.get(day);
    return {
      day,
      peak,
      change: isWhole(buckets) && isWhole(before) ? peak - (peakOf(before) ?? 0) : null,
      refused: lost === undefined ? null : sumOf(lost),
      incidents: incidents.filter(({ openedAt }) => isoDay(wall(openedAt)) === day).length,
    };
  });
  return used.sort((a, b) => (b.refused ?? 0) - (a.refused ?? 0) || b.peak - a.peak);
}
