/**
 * Draws pictures from the store. Without the drawing library, an optional native dependency, messages go without
 * pictures; this is logged once.
 */
import type { Incident } from '../../core/incident.ts';
import type { Logger } from '../../core/logger.ts';
import { createWallClock } from '../../core/wall-clock.ts';
import type { DigestPicture } from '../../digest/digest-picture.ts';
import { type IncidentPicture, incidentPicture } from '../../digest/incident-picture.ts';
import type { Picture, ReportChart } from '../../slack/ports.ts';
import type { Store } from '../../store/store.ts';
import { createDrawing, type Drawing, type Drawn } from './drawing.ts';

export interface Pictures {
  /** Null when there is nothing to draw or no drawing library. */
  digest(picture: DigestPicture | null): Promise<Uint8Array | null>;
  /** The minutes before the incident opened, up to `now`. Its `png` is null without a drawing library. */
  incident(incident: Incident, now: number): Promise<Picture | null>;
  /** Stops drawing. */
  stop(): void;
}

const BEFORE_MS = 10 * 60_000;

/** The same data for Slack's native chart: slots of each worker and the limit, at the times of the hottest worker. */
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
  const drawing = createDrawing();
  let isMissing = false;
  /** A failed picture must not stop its message. */
  const png = async (wanted: Drawing): Promise<Uint8Array | null> => {
    if (isMissing) return null;
    const drawn = await drawing.draw(wanted).catch((error: Error): Drawn => ({ failed: error.message }));
    if ('png' in drawn) return drawn.png;
    isMissing = 'missing' in drawn;
    if ('missing' in drawn)
      logger.warn({ error: drawn.missing }, 'drawing library not available, messages have no pictures');
    else logger.warn({ error: drawn.failed }, 'drawing a picture failed, message has no picture');
    return null;
  };
  return {
    async digest(picture) {
      return picture === null ? null : png({ kind: 'digest', picture });
    },
    async incident({ host, cause, openedAt }, now) {
      const moment = { host, cause, wall: createWallClock(timezone) };
      const seen = incidentPicture(moment, (metric) =>
        store.series.query(metric, openedAt - BEFORE_MS, now + 1, 'raw'),
      );
      if (seen === null) return null;
      return { png: await png({ kind: 'incident', picture: seen }), altText: seen.altText, chart: nativeChart(seen) };
    },
    stop: () => drawing.stop(),
  };
}
