/** Makes the digest of a stretch of time from the store, and puts it into words. */

import { type DigestSummary, type ReadSeries, summarise } from '../digest/summary.ts';
import type { Report } from '../slack/ports.ts';
import type { Resolution } from '../store/series.ts';
import type { Store } from '../store/store.ts';

const HOUR_MS = 3_600_000;
/** Up to here minutes are read, beyond it quarters of an hour. */
const FINE_MS = 48 * HOUR_MS;

const percent = (ratio: number): string => `${(ratio * 100).toFixed(ratio < 0.1 ? 1 : 0)} %`;
const whole = (value: number): string => Math.round(value).toString();

/** `24h`, `7d`, `90m` to ms; null when it is no duration. */
export function parseRange(text: string): number | null {
  const found = /^(\d{1,4})(m|h|d|w)$/.exec(text.trim());
  if (found === null) return null;
  const unit = { m: 60_000, h: HOUR_MS, d: 24 * HOUR_MS, w: 7 * 24 * HOUR_MS }[found[2] as 'm' | 'h' | 'd' | 'w'];
  return Number(found[1]) * unit;
}

/** The summary of the `lastMs` before `now`. */
export function digestOf(
  store: Store,
  host: string,
  now: number,
  lastMs: number,
  retentionDays: number,
): DigestSummary {
  store.series.rollUp(now, retentionDays);
  const resolution: Resolution = lastMs <= FINE_MS ? '1m' : '15m';
  const bucketMs = resolution === '1m' ? 60_000 : 15 * 60_000;
  const [fromMs, toMs] = [now - lastMs, now];
  const read =
    (from: number, to: number): ReadSeries =>
    (metric) =>
      store.series.query(metric, from, to, resolution);
  const incidents = store.incidents
    .since(fromMs)
    .filter((incident) => incident.host === host && incident.openedAt < toMs);
  return summarise({
    host,
    fromMs,
    toMs,
    bucketMs,
    series: read(fromMs, toMs),
    before: read(fromMs - lastMs, fromMs),
    incidents,
  });
}

function lead({ host, slots, slotLimit, measuredRatio }: DigestSummary): string {
  if (slots === null) return `${host}: nothing was measured, so nothing can be said.`;
  const limit = slotLimit === null ? '' : ` of ${slotLimit}`;
  const gap = measuredRatio < 0.9 ? ` Measured ${percent(measuredRatio)} of the time only.` : '';
  return `${host} peaked at ${percent(slots.peak)} of a worker's slots${limit} at ${slots.peakAt.slice(11, 16)} UTC, on average ${percent(slots.average)}.${gap}`;
}

function lostLines({ lost, nearMisses }: DigestSummary): string[] {
  const parts = [
    [lost.refusedByWorkers, 'connections refused by full workers'],
    [lost.listenOverflows, 'accept-queue overflows on this host'],
    [lost.starvedUpstreamLeg, 'requests answered 500 because no slot was left for the upstream'],
  ] as const;
  const told = parts
    .filter(([count]) => (count ?? 0) > 0)
    .map(([count, what]) => `Lost: ${whole(count ?? 0)} ${what}.`);
  const unknown = lost.refusedByWorkers === null ? ['Refusals were not measured: stub_status could not be read.'] : [];
  const near =
    nearMisses > 0 ? [`Near misses: ${nearMisses} log lines "reusing connections": a pool was nearly empty.`] : [];
  return [...(told.length === 0 && unknown.length === 0 ? ['Lost: no client.'] : told), ...unknown, ...near];
}

function lines(summary: DigestSummary): string[] {
  const { fds, fdSoftLimit, backlog, incidents } = summary;
  const limit = fdSoftLimit === null ? '' : ` of ${fdSoftLimit}`;
  return [
    ...lostLines(summary),
    ...(fds === null ? [] : [`Descriptors peaked at ${percent(fds.peak)}${limit} in one worker.`]),
    ...(backlog === null ? [] : [`The fullest accept queue held ${percent(backlog.peak)} of its backlog.`]),
    ...incidents.map(({ cause, openedAt, minutes, open, lostTotal }) => {
      const end = open ? 'still open' : `${minutes < 1 ? 'under a minute' : `${whole(minutes)} min`}`;
      return `Incident: ${cause} at ${openedAt.slice(0, 16).replace('T', ' ')} UTC, ${end}, ${whole(lostTotal)} clients lost.`;
    }),
    ...(incidents.length === 0 ? ['No incident.'] : []),
  ];
}

/** The digest as a message. */
export function digestReport(summary: DigestSummary): Report {
  const rows = summary.slotsByWorker.map(({ key, peak, average, peakAt }) => [
    key,
    whole(peak),
    whole(average),
    `${peakAt.slice(11, 16)} UTC`,
  ]);
  const peers = summary.upstreams.slice(0, 5).map(({ peer, requests, p95Ms, p95MsBefore }) => {
    const before = p95MsBefore === null ? '' : ` (the stretch before: ${whole(p95MsBefore)} ms)`;
    return `Upstream ${peer}: ${requests} requests, p95 ${p95Ms === null ? 'not logged' : `${whole(p95Ms)} ms${before}`}.`;
  });
  return {
    title: `Capacity digest: ${summary.host}`,
    lead: lead(summary),
    lines: [...lines(summary), ...peers],
    table: rows.length === 0 ? null : [['Worker', 'Peak slots', 'Average', 'Peak at'], ...rows],
    snippet: null,
    footnotes: [`${summary.from.slice(0, 16)} to ${summary.to.slice(0, 16)} UTC`],
  };
}
