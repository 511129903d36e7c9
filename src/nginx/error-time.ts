/**
 * When an error-log line was written. nginx writes local time without a zone; a shipper's RFC 3339 stamp before it knows
 * better and wins. All functions are pure; a year that syslog leaves out is the one nearest to `nowMs`.
 */

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const NGINX_TIME = /^(\d{4})\/(\d\d)\/(\d\d) (\d\d):(\d\d):(\d\d)/;
const RFC3339 = /(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)/;
const SYSLOG_TIME =
  /(?:^|[\s>])(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d)(?=\s)(?: (\d{4})\])?/;
/** klog, of Kubernetes: `I0906 05:49:10.270157`. */
const KLOG_TIME = /(?:^|\s)[IWEF](\d\d)(\d\d) (\d\d):(\d\d):(\d\d)\.\d/;

/** `2026/01/31 23:59:59`, read with nginx's offset from UTC (minutes east); null when it is no date. */
export function parseNginxTime(text: string, timezoneOffsetMinutes: number): number | null {
  const [, year, month, day, hour, minute, second] = NGINX_TIME.exec(text) ?? [];
  if (second === undefined) return null;
  const at = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  const real = new Date(at);
  if (real.getUTCMonth() !== Number(month) - 1 || real.getUTCDate() !== Number(day) || Number(hour) > 23) return null;
  return at - timezoneOffsetMinutes * MINUTE_MS;
}

/** The first stamp with an explicit zone in a shipper's prefix; null when there is none. */
export function parseZonedTime(prefix: string): number | null {
  const [, date, time, fraction = '', zone = ''] = RFC3339.exec(prefix) ?? [];
  if (date === undefined) return null;
  const offset = zone === 'Z' || zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`;
  const at = Date.parse(`${date}T${time}.${fraction.padEnd(3, '0').slice(0, 3)}${offset}`);
  return Number.isNaN(at) ? null : at;
}

/** `Jul  6 15:03:34` in a syslog or dmesg prefix, `I0706 15:03:34.1` in klog's; null when there is neither. */
export function parseSyslogTime(prefix: string, timezoneOffsetMinutes: number, nowMs: number): number | null {
  const syslog = SYSLOG_TIME.exec(prefix);
  const found = syslog ?? KLOG_TIME.exec(prefix);
  if (found === null) return null;
  const [, month = '', day, hour, minute, second, year] = found;
  const monthIndex = syslog === null ? Number(month) - 1 : MONTHS.indexOf(month);
  const inYear = (fullYear: number) =>
    Date.UTC(fullYear, monthIndex, Number(day), Number(hour), Number(minute), Number(second)) -
    timezoneOffsetMinutes * MINUTE_MS;
  if (year !== undefined) return inYear(Number(year));
  const thisYear = new Date(nowMs).getUTCFullYear();
  const at = inYear(thisYear);
  return at > nowMs + DAY_MS ? inYear(thisYear - 1) : at;
}
