/** Computes the digest of a period from the store and formats it as a report. */
import type { Config } from '../../config/schema.ts';
import type { Incident } from '../../core/incident.ts';
import type { Meanings } from '../../core/meaning.ts';
import { type DigestPicture, dailyBars, digestPicture } from '../../digest/digest-picture.ts';
import { leadOf } from '../../digest/lead.ts';
import type { ReadSeries, ReadSums } from '../../digest/measure.ts';
import { sentencesOf } from '../../digest/sentences.ts';
import { type DigestSummary, summarise } from '../../digest/summary.ts';
import { percent, whole, wordsFor } from '../../digest/words.ts';
import type { Report, ReportChart } from '../../slack/ports.ts';
import type { StoreTrouble } from '../../store/health.ts';
import type { Resolution } from '../../store/series.ts';
import type { Store } from '../../store/store.ts';
import { loadMeanings } from '../load-meanings.ts';
import { createPeople } from '../people.ts';
import { createSettingsHistory } from '../settings-history.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Up to this length the digest reads minutes, beyond it quarters of an hour. */
const FINE_MS = 48 * HOUR_MS;
const QUARTER_MS = 15 * MINUTE_MS;

export interface DigestRequest {
  readonly host: string;
  readonly timezone: string;
  readonly retentionDays: number;
  readonly now: number;
  readonly lastMs: number;
  readonly meanings: Meanings;
}

export function digestRequest(config: Config, host: string, now: number, lastMs: number): DigestRequest {
  const meanings = loadMeanings(config.patterns.folders);
  return { host, timezone: config.digest.timezone, retentionDays: config.store.retentionDays, now, lastMs, meanings };
}

/** Reads each metric once. */
function once<T>(read: (metric: string) => T): (metric: string) => T {
  const known = new Map<string, T>();
  return (metric) => {
    const found = known.get(metric) ?? read(metric);
    known.set(metric, found);
    return found;
  };
}

function reader(store: Store, from: number, to: number, resolution: Resolution): ReadSeries {
  return once((metric) => store.series.query(metric, from, to, resolution));
}

function summer(store: Store, from: number, to: number, resolution: Resolution): ReadSums {
  return once((metric) => store.series.sums(metric, from, to, resolution));
}

function withName(incident: Incident, { facts }: Store): Incident {
  const { acknowledgedBy } = incident;
  return acknowledgedBy === null
    ? incident
    : { ...incident, acknowledgedBy: createPeople(facts).nameOf(acknowledgedBy) };
}

export interface Digest {
  readonly summary: DigestSummary;
  /** Null when there are no measurements. */
  readonly picture: DigestPicture | null;
  readonly report: Report;
}

/** The digest of the last `lastMs` before `now`. */
export function digestOf(store: Store, request: DigestRequest): Digest {
  const { host, timezone, retentionDays, now, lastMs, meanings } = request;
  store.series.rollUp(now, retentionDays);
  const resolution = lastMs <= FINE_MS ? '1m' : '15m';
  const [fromMs, toMs] = [now - lastMs, now];
  const history = reader(store, now - retentionDays * DAY_MS, now, '15m');
  const settings = createSettingsHistory(store.facts);
  const own = store.incidents
    .since(now - retentionDays * DAY_MS)
    .filter((incident) => incident.host === host && incident.openedAt < toMs)
    .map((incident) => withName(incident, store));
  const summary = summarise({
    host,
    timezone,
    fromMs,
    toMs,
    series: reader(store, fromMs, toMs, resolution),
    before: reader(store, fromMs - lastMs, fromMs, resolution),
    sums: summer(store, fromMs, toMs, resolution),
    sumsBefore: summer(store, fromMs - lastMs, fromMs, resolution),
    latencies: store.latencies.query(fromMs, toMs),
    latenciesBefore: store.latencies.query(fromMs - lastMs, fromMs),
    history,
    historyBucketMs: QUARTER_MS,
    incidents: own,
    directivesBefore: settings.at(fromMs)?.directives ?? null,
    directives: settings.at(toMs)?.directives ?? null,
    loggedFrom: settings.at(toMs)?.loggedFrom ?? null,
    meanings,
    blindSpots: settings.blindSpots(),
  });
  const picture = digestPicture(summary, history, own);
  const trouble = store.health.trouble();
  return { summary, picture, report: withTrouble(digestReport(summary, picture), trouble) };
}

function change(ratio: number | null): string {
  if (ratio === null) return 'part of a day';
  const points = Math.round(Math.abs(ratio) * 100);
  return points === 0 ? 'as the day before' : `${ratio > 0 ? 'up' : 'down'} ${points} points`;
}

/** One row for each day, worst first. */
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

/** Slack's native chart has at most 20 points and no band, so it shows the daily peaks and the 80% line. */
function chartOf(picture: DigestPicture): ReportChart {
  const bars = dailyBars(picture);
  return {
    title: 'Daily peak, hottest worker',
    categories: bars.map(({ day }) => day),
    yLabel: '% of its slots',
    series: [
      { name: 'Peak', values: bars.map(({ ratio }) => Math.round(ratio * 100)) },
      { name: '80%', values: bars.map(() => 80) },
    ],
  };
}

/** A store in memory has no history: the figures of such a digest cover less than its span. */
function withTrouble(report: Report, trouble: StoreTrouble | null): Report {
  if (trouble === null) return report;
  const line = `gapwatch works in memory: ${trouble.detail}. This digest covers only what was measured since then.`;
  return { ...report, lines: [line, ...report.lines], snippet: report.snippet ?? trouble.remedy };
}

/** The digest as a message. Without measurements it is one sentence with the next step. */
function digestReport(summary: DigestSummary, picture: DigestPicture | null): Report {
  const { host, timezone, from, to, slots, forecast, recommendation } = summary;
  const { dateTime } = wordsFor(summary);
  const span = `${dateTime(from)} to ${dateTime(to)}, ${timezone}`;
  const report = { title: `Capacity digest: ${host}`, lead: leadOf(summary) };
  if (slots === null) {
    const lines = ['Run gapwatch doctor on the host: it lists what cannot be observed and the remedy for each.'];
    return { ...report, lines, table: null, snippet: null, footnotes: [span] };
  }
  const many = summary.days.length > 2;
  const method = `Forecast: seasonal Kendall slope on daily peaks, 80% interval, ${forecast.daysSeen} days${forecast.weekly ? ', weekday pattern' : ''}.`;
  return {
    ...report,
    lines: sentencesOf(summary),
    table: many ? dayTable(summary) : workerTable(summary),
    snippet: recommendation.snippet,
    ...(picture === null ? {} : { altText: picture.altText, chart: chartOf(picture) }),
    footnotes: [span, ...(forecast.kind === 'too-short' ? [] : [method])],
  };
}
