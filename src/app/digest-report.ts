/** Makes the digest of a stretch of time from the store, and puts it into a report. */
import type { Config } from '../config/schema.ts';
import { leadOf } from '../digest/lead.ts';
import type { ReadSeries } from '../digest/measure.ts';
import { sentencesOf } from '../digest/sentences.ts';
import { type DigestSummary, summarise } from '../digest/summary.ts';
import { percent, whole, wordsFor } from '../digest/words.ts';
import type { Report } from '../slack/ports.ts';
import type { Resolution } from '../store/series.ts';
import type { Store } from '../store/store.ts';
import { createSettingsHistory } from './settings-history.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Up to here minutes are read, beyond it quarters of an hour. */
const FINE_MS = 48 * HOUR_MS;
const QUARTER_MS = 15 * MINUTE_MS;

export interface DigestRequest {
  readonly host: string;
  readonly timezone: string;
  readonly retentionDays: number;
  readonly now: number;
  readonly lastMs: number;
}

export function digestRequest(config: Config, host: string, now: number, lastMs: number): DigestRequest {
  return { host, timezone: config.digest.timezone, retentionDays: config.store.retentionDays, now, lastMs };
}

/** `24h`, `7d`, `90m` to ms; null when it is no duration. */
export function parseRange(text: string): number | null {
  const found = /^(\d{1,4})(m|h|d|w)$/.exec(text.trim());
  if (found === null) return null;
  const unit = { m: MINUTE_MS, h: HOUR_MS, d: DAY_MS, w: 7 * DAY_MS }[found[2] as 'm' | 'h' | 'd' | 'w'];
  return Number(found[1]) * unit;
}

/** The summary of the `lastMs` before `now`. */
export function digestOf(store: Store, { host, timezone, retentionDays, now, lastMs }: DigestRequest): DigestSummary {
  store.series.rollUp(now, retentionDays);
  const resolution = lastMs <= FINE_MS ? '1m' : '15m';
  const [fromMs, toMs] = [now - lastMs, now];
  const read = (from: number, to: number, of: Resolution): ReadSeries => {
    const known = new Map<string, ReturnType<ReadSeries>>();
    return (metric) => {
      const found = known.get(metric) ?? store.series.query(metric, from, to, of);
      known.set(metric, found);
      return found;
    };
  };
  const settings = createSettingsHistory(store.facts);
  return summarise({
    host,
    timezone,
    fromMs,
    toMs,
    series: read(fromMs, toMs, resolution),
    before: read(fromMs - lastMs, fromMs, resolution),
    history: read(now - retentionDays * DAY_MS, now, '15m'),
    historyBucketMs: QUARTER_MS,
    incidents: store.incidents.since(fromMs).filter((incident) => incident.host === host && incident.openedAt < toMs),
    directivesBefore: settings.at(fromMs)?.directives ?? null,
    directives: settings.at(toMs)?.directives ?? null,
    loggedFrom: settings.at(toMs)?.loggedFrom ?? null,
    blindSpots: settings.blindSpots(),
  });
}

function change(ratio: number | null): string {
  if (ratio === null) return '';
  if (Math.abs(ratio) < 0.01) return 'as the day before';
  return `${ratio > 0 ? 'up' : 'down'} ${percent(Math.abs(ratio))}`;
}

/** Many days at a glance, worst first. */
const dayTable = ({ days }: DigestSummary): string[][] => [
  ['Day, worst first', 'Peak', 'Against the day before', 'Refused', 'Incidents'],
  ...days.map((day) => [
    day.day,
    percent(day.peak),
    change(day.change),
    day.refused === null ? 'not measured' : whole(day.refused),
    whole(day.incidents),
  ]),
];

function workerTable(summary: DigestSummary): string[][] {
  const { time } = wordsFor(summary);
  const workers = [...summary.slotsByWorker].sort((a, b) => b.peak - a.peak);
  return [
    ['Worker, worst first', 'Peak slots', 'p95', 'Average', 'Peak at'],
    ...workers.map(({ key, peak, p95, average, peakAt }) => [
      key,
      whole(peak),
      whole(p95),
      whole(average),
      time(peakAt),
    ]),
  ];
}

/** The digest as a message. Nothing measured: one sentence, and where to look. */
export function digestReport(summary: DigestSummary): Report {
  const { host, timezone, from, to, slots, forecast, recommendation } = summary;
  const { dateTime } = wordsFor(summary);
  const span = `${dateTime(from)} to ${dateTime(to)}, ${timezone}`;
  const report = { title: `Capacity digest: ${host}`, lead: leadOf(summary) };
  if (slots === null) {
    const lines = ['Run gapwatch doctor on the host: it says what cannot be seen and the line that mends it.'];
    return { ...report, lines, table: null, snippet: null, footnotes: [span] };
  }
  const many = summary.days.length > 2;
  const method = `Forecast: seasonal Kendall slope on daily peaks, 80 % interval, ${forecast.daysSeen} days${forecast.weekly ? ', weekday pattern' : ''}.`;
  return {
    ...report,
    lines: sentencesOf(summary),
    table: many ? dayTable(summary) : workerTable(summary),
    snippet: recommendation.snippet,
    footnotes: [span, ...(forecast.kind === 'too-short' ? [] : [method])],
  };
}
