/**
 * PNGs from the store. The drawing library is loaded when the first picture is wanted; where it cannot be loaded (it is
 * an optional dependency with a native part) everything goes without pictures, and that is said once.
 */
import type { Incident } from '../core/incident.ts';
import type { Logger } from '../core/logger.ts';
import type { DigestPicture } from '../digest/digest-picture.ts';
import { incidentPicture } from '../digest/incident-picture.ts';
import { createWallClock } from '../digest/wall-clock.ts';
import type { Store } from '../store/store.ts';

export interface Pictures {
  /** Null: it cannot be drawn here, or there is nothing to draw. */
  digest(picture: DigestPicture | null): Promise<Uint8Array | null>;
  /** The minutes before the incident opened, up to `now`. */
  incident(incident: Incident, now: number): Promise<Uint8Array | null>;
}

const BEFORE_MS = 10 * 60_000;

type Chart = typeof import('../digest/chart.ts');

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
      return seen === null ? null : ((await chart())?.incidentChart(seen) ?? null);
    },
  };
}
