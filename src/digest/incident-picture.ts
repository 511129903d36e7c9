/**
 * Builds the data of the incident picture: slots of each worker, refused connections and the limit in the minutes
 * before. Times are wall times.
 */

import type { WallClock } from '../core/wall-clock.ts';
import { type Bucket, hostSeries, peakOf, type ReadSeries } from './measure.ts';
import { whole } from './words.ts';

export interface IncidentPicture {
  readonly title: string;
  readonly altText: string;
  readonly slotLimit: number | null;
  /** Hottest first. A gap longer than `GAP_MS` contains a null. */
  readonly workers: readonly {
    readonly name: string;
    readonly points: readonly (readonly [number, number | null])[];
  }[];
  /** Number of workers that are not drawn. */
  readonly left: number;
  /** Connections refused in each interval. */
  readonly refused: readonly (readonly [number, number])[];
}

const MOST_WORKERS = 5;
/** Polls run every 5 s, so a longer distance is a gap. */
const GAP_MS = 30_000;

function withGaps(buckets: readonly Bucket[], wall: WallClock): [number, number | null][] {
  return buckets.flatMap((bucket, index): [number, number | null][] => {
    const before = buckets[index - 1];
    const point: [number, number | null] = [wall(bucket.at), bucket.max];
    return before !== undefined && bucket.at - before.at > GAP_MS ? [[wall(before.at + 1), null], point] : [point];
  });
}

export interface IncidentMoment {
  readonly host: string;
  readonly cause: string;
  readonly wall: WallClock;
}

/** `series` holds the raw values of the minutes to show; null without slot samples. */
export function incidentPicture({ host, cause, wall }: IncidentMoment, series: ReadSeries): IncidentPicture | null {
  const workers = [...series('slots.used')]
    .map(([name, buckets]) => ({ name, buckets, peak: peakOf(buckets) ?? 0 }))
    .sort((a, b) => b.peak - a.peak);
  const [hottest] = workers;
  if (hottest === undefined) return null;
  const slotLimit = hostSeries(series, 'slots.limit').at(-1)?.last ?? null;
  const refused = hostSeries(series, 'status.dropped');
  const lost = refused.reduce((sum, bucket) => sum + bucket.sum, 0);
  const of = slotLimit === null ? '' : ` of ${slotLimit}`;
  const refusals = refused.length === 0 ? '' : `; ${whole(lost)} connections were refused`;
  return {
    title: `${host}: the minutes before ${cause}`,
    altText: `Line chart of the slots of each worker before ${cause} on ${host}: the hottest reached ${whole(hottest.peak)}${of}${refusals}.`,
    slotLimit,
    workers: workers.slice(0, MOST_WORKERS).map(({ name, buckets }) => ({ name, points: withGaps(buckets, wall) })),
    left: Math.max(0, workers.length - MOST_WORKERS),
    refused: refused.map(({ at, sum }) => [wall(at), sum]),
  };
}
