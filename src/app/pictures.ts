/**
 * PNGs from the store. The drawing library is loaded when the first picture is wanted; where it cannot be loaded (it is
 * an optional dependency with a native part) everything goes without pictures, and that is said once.
 */
import type { Incident } from '../core/incident.ts';
import type { Logger } from '../core/logger.ts';
import type { DigestPicture } from '../digest/digest-picture.ts';
import { type IncidentPicture, incidentPicture } from '../digest/incident-picture.ts';
import { createWallClock } from '../digest/wall-clock.ts';
import type { Picture, ReportChart } from '../slack/ports.ts';
import type { Store } from '../store/store.ts';

export interface Pictures {
  /** Null: it cannot be drawn here, or there is nothing to draw. */
  digest(picture: DigestPicture | null): Promise<Uint8Array | null>;
  /** The minutes before the incident opened, up to `now`; its `png` is null where none can be drawn. */
  incident(incident: Incident, now: number): Promise<Picture | null>;
}

const BEFORE_MS = 10 * 60_000;

type Chart = typeof import('../digest/chart.ts');

/** The same for Slack's own chart: the slots of each worker under the limit, by the times of the hottest one. */
function nativeChart({ workers, slotLimit }: IncidentPicture): ReportChart | null {
  const times = (workers[0]?.points ?? []).flatMap(([at, value]) => (value === null ? [] : [at]));
  const series = workers.map(({ name, points }) => {
    const known = new Map(points);
    return { name, values: times.map((at) => known.get(at) ?? null) };
  });
  const limit = slotLimit === null ? [] : [{ name: 'Limit', values: times.map(() => slotLimit) }];
  const categories = times.map((at) => new Date(at).toISOString().slice(11, 19));
  return { title: 'Slots of each worker', yLabel: 'slots', categories, series: [...series, ...limit] };
}

export function createPictures(store: Store, timezone: string, logger: Logger): Pictures {
  let loading: Promise<Chart | null> | null = null;
  const chart = (): Promise<Chart | null> => {
    loading ??= import('../digest/chart.ts').catch((error: unknown) => {
      logger.warn({ err: error }, 'pictures cannot be drawn here; messages go without them');
      return null;
    });
    return loading;
  };
  return {
    async digest(picture) {
      return picture === null ? null : ((await chart())?.digestChart(picture) ?? null);
    },
    async incident({ host, cause, openedAt }, now) {
      const moment = { host, cause, wall: createWallClock(timezone) };
      const seen = incidentPicture(moment, (metric) =>
        store.series.query(metric, openedAt - BEFORE_MS, now + 1, 'raw'),
      );
      if (seen === null) return null;
      return { png: (await chart())?.incidentChart(seen) ?? null, altText: seen.altText, chart: nativeChart(seen) };
    },
  };
}
