/** Places the records of a bundle on one time axis. Only error logs have no time zone. */
import { offsetAgainst, type Span, spanOf, type ZonedTime } from './log-time.ts';

export interface Records {
  /** First and last time of the error log, parsed as UTC; null when it has none. */
  readonly error: Span | null;
  /** The shipper's time of the first error-log line; null without one. */
  readonly shippedMs: number | null;
  /** The first time of the access log; null without one. */
  readonly access: ZonedTime | null;
  /** Times of the recorded samples. */
  readonly sampledMs: readonly number[];
  /** `timezoneOffsetMinutes` of the loose facts, unvalidated. */
  readonly noted: unknown;
}

export interface Places {
  /** The beginning of the recording, and its earliest possible end. */
  readonly startMs: number;
  readonly endMs: number;
  /** Offset of the error logs' local time from UTC, in minutes. */
  readonly offsetMinutes: number;
}

/** The time of a bundle without any time. */
const NO_TIME_MS = Date.UTC(2000, 0, 1);
const MOST_OFFSET_MINUTES = 14 * 60;
const MINUTE_MS = 60_000;

function offsetOf({ error, shippedMs, access, sampledMs, noted }: Records): number {
  if (typeof noted === 'number' && Math.abs(noted) <= MOST_OFFSET_MINUTES) return noted;
  if (error !== null && shippedMs !== null)
    return offsetAgainst({ fromMs: error.fromMs, toMs: error.fromMs }, { fromMs: shippedMs, toMs: shippedMs });
  if (access !== null) return access.offsetMinutes;
  const sampled = spanOf(sampledMs);
  return error === null || sampled === null ? 0 : offsetAgainst(error, sampled);
}

export function placeRecords(records: Records): Places {
  const { error, access, sampledMs } = records;
  const offsetMinutes = offsetOf(records);
  const utc = (at: number) => at - offsetMinutes * MINUTE_MS;
  const begins = [
    ...sampledMs,
    ...(access === null ? [] : [access.at]),
    ...(error === null ? [] : [utc(error.fromMs)]),
  ];
  const startMs = spanOf(begins)?.fromMs ?? NO_TIME_MS;
  return { startMs, endMs: error === null ? startMs : Math.max(startMs, utc(error.toMs)), offsetMinutes };
}
