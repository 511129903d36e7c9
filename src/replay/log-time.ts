/**
 * Finds out when lines were written: the time in an access-log line, and the offset of an error log's local time from
 * UTC.
 */
import { parseNginxTime, parseZonedTime } from '../nginx/error-time.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const TIME_LOCAL = /(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})/;
const TIME_ISO8601 = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})/;
const ERROR_TIME = /\d{4}\/\d{2}\/\d{2} \d{2}:\d{2}:\d{2} \[/;

const MINUTE_MS = 60_000;
const QUARTER_MINUTES = 15;
/** Two records of one failure may end at slightly different times. */
const SLACK_MS = 5 * MINUTE_MS;
/** Time zones range from UTC−12 to UTC+14. */
const MOST_AHEAD_MINUTES = 14 * 60;
const MOST_BEHIND_MINUTES = -12 * 60;

export interface ZonedTime {
  readonly at: number;
  readonly offsetMinutes: number;
}

/** `$time_local` or `$time_iso8601` of one access-log line; null when it has neither. */
export function accessTime(line: string): ZonedTime | null {
  const local = TIME_LOCAL.exec(line);
  if (local !== null) {
    const [, day, month, year, hour, minute, second, sign, zoneHours, zoneMinutes] = local;
    const offsetMinutes = (Number(zoneHours) * 60 + Number(zoneMinutes)) * (sign === '-' ? -1 : 1);
    const wall = Date.UTC(
      Number(year),
      MONTHS.indexOf(month ?? ''),
      Number(day),
      Number(hour),
      Number(minute),
      Number(second),
    );
    return { at: wall - offsetMinutes * MINUTE_MS, offsetMinutes };
  }
  const iso = TIME_ISO8601.exec(line)?.[0];
  if (iso === undefined) return null;
  const zone = /([+-])(\d{2}):(\d{2})$/.exec(iso);
  const offsetMinutes = zone === null ? 0 : (Number(zone[2]) * 60 + Number(zone[3])) * (zone[1] === '-' ? -1 : 1);
  const at = Date.parse(iso);
  return Number.isNaN(at) ? null : { at, offsetMinutes };
}

/** The first error-log time in `text`, parsed as UTC; null when there is none. */
export function firstErrorTime(text: string): number | null {
  const stamp = ERROR_TIME.exec(text)?.[0];
  return stamp === undefined ? null : parseNginxTime(stamp, 0);
}

/**
 * A shipper's time with its zone, directly before nginx's local time: `2024-10-21T10:41:45.46+02:00 2024/10/21
 * 08:41:45`.
 */
const SHIPPED =
  /(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})) (?:std(?:out|err) [FP] )?(\d{4}\/\d{2}\/\d{2} \d{2}:\d{2}:\d{2} \[)/;

/** The time of the first line with a shipper's time; null when there is none. */
export function firstShippedTime(text: string): number | null {
  const stamp = SHIPPED.exec(text)?.[1];
  return stamp === undefined ? null : parseZonedTime(stamp);
}

/** The last error-log time in `text`, parsed as UTC; null when there is none. */
export function lastErrorTime(text: string): number | null {
  const from = [...text.matchAll(new RegExp(ERROR_TIME, 'g'))].at(-1)?.index;
  return from === undefined ? null : firstErrorTime(text.slice(from));
}

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** From the earliest to the latest time; null without times. */
export function spanOf(times: readonly number[]): Span | null {
  let [fromMs, toMs] = [Infinity, -Infinity];
  for (const at of times) {
    fromMs = Math.min(fromMs, at);
    toMs = Math.max(toMs, at);
  }
  return fromMs <= toMs ? { fromMs, toMs } : null;
}

/**
 * Offset of an error log's local time from UTC in minutes, from another record of the same minutes with known times:
 * the nearest time zone in which the two overlap, or 0 without one.
 */
export function offsetAgainst(logAsUtc: Span, known: Span): number {
  for (let minutes = 0; minutes <= MOST_AHEAD_MINUTES; minutes += QUARTER_MINUTES) {
    for (const offset of [minutes, -minutes]) {
      const [from, to] = [logAsUtc.fromMs - offset * MINUTE_MS, logAsUtc.toMs - offset * MINUTE_MS];
      const overlaps = from <= known.toMs + SLACK_MS && to >= known.fromMs - SLACK_MS;
      if (overlaps && offset >= MOST_BEHIND_MINUTES) return offset;
    }
  }
  return 0;
}
