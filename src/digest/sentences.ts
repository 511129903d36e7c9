/** Writes the body of the digest: one sentence a line, most important first. */

import type { HourUse } from './days.ts';
import type { Directive, Drift } from './directives.ts';
import type { DigestSummary, Ratio } from './summary.ts';
import type { UpstreamUse } from './upstreams.ts';
import { against, lasting, percent, plural, type Words, whole, wordsFor } from './words.ts';

const BARS = '▁▂▃▄▅▆▇█';
const UPSTREAMS_SHOWN = 5;
const INCIDENTS_SHOWN = 8;
const DRIFTS_SHOWN = 8;

function slotLine(slots: Ratio, words: Words): string {
  const change = against(slots.peak, slots.peakBefore, percent, words.before);
  return `Slots of the hottest worker: peak ${percent(slots.peak)}${change}; p95 ${percent(slots.p95)}, average ${percent(slots.average)}.`;
}

/** One bar for each hour, scaled to the limit; a dot without a measurement. */
function hourLine(hours: readonly HourUse[]): string[] {
  const busiest = [...hours].sort((a, b) => b.peak - a.peak)[0];
  if (busiest === undefined || hours.length < 3) return [];
  const bar = (hour: number): string => {
    const peak = hours.find((one) => one.hour === hour)?.peak;
    return peak === undefined ? '·' : (BARS[Math.min(BARS.length - 1, Math.floor(peak * BARS.length))] ?? '█');
  };
  const bars = Array.from({ length: 24 }, (_, hour) => bar(hour)).join('');
  return [`By hour, 0 to 23: ${bars} most at ${String(busiest.hour).padStart(2, '0')}:00, ${percent(busiest.peak)}.`];
}

function lostLines({ lost, life }: DigestSummary): string[] {
  const list = (parts: readonly (readonly [number, string])[]): string =>
    parts
      .filter(([count]) => count > 0)
      .map(([count, what]) => `${whole(count)} ${what}`)
      .join(', ');
  const byCause = list(lost.byCause.map(({ cause, clients }) => [clients, `clients in ${cause}`]));
  const counted = list([
    [lost.refusedByWorkers ?? 0, 'connections refused by full workers'],
    [lost.listenOverflows ?? 0, 'accept-queue overflows in the kernel'],
    [(lost.listenDrops ?? 0) - (lost.listenOverflows ?? 0), 'other connections dropped at listening sockets'],
    [lost.starvedUpstreamLeg, 'requests answered 500 without a slot for the upstream connection'],
  ]);
  const unseen = [
    ...(lost.refusedByWorkers === null ? ['refusals (no readable status page)'] : []),
    ...(lost.listenOverflows === null ? ['kernel drops'] : []),
  ];
  const near =
    life.nearMisses === null
      ? ['Near misses are not logged: the error_log level hides warn.']
      : life.nearMisses > 0
        ? [`Near misses: ${plural(life.nearMisses, 'line')} "reusing connections", a pool was nearly empty.`]
        : [];
  return [
    byCause === '' && counted === '' ? 'Lost: no clients counted.' : `Lost: ${byCause || 'none in an incident'}.`,
    // The same clients, as counted by nginx and the kernel.
    ...(counted === '' ? [] : [`Counters of nginx and the kernel: ${counted}.`]),
    ...(unseen.length === 0 ? [] : [`Not measured: ${unseen.join(', ')}.`]),
    ...near,
  ];
}

function limitLines({ fds, fdSoftLimit, backlog }: DigestSummary, words: Words): string[] {
  const limit = fdSoftLimit === null ? '' : ` of the soft limit ${fdSoftLimit}`;
  const share = (what: string, of: string, ratio: Ratio | null): string[] =>
    ratio === null
      ? []
      : [
          `${what} peaked at ${percent(ratio.peak)}${of}${against(ratio.peak, ratio.peakBefore, percent, words.before)}.`,
        ];
  return [
    ...share('Descriptors of one worker', limit, fds),
    ...share('The fullest accept queue', ' of its backlog', backlog),
  ];
}

function lifeLine({ life }: DigestSummary): string[] {
  const parts = [
    life.reloads === null ? 'reloads not logged at this error_log level' : plural(life.reloads, 'reload'),
    ...(life.oldWorkersPeak === null || life.oldWorkersPeak === 0
      ? []
      : [`up to ${plural(life.oldWorkersPeak, 'old worker')} at once`]),
    life.crashes === null ? 'crashes not logged' : `${plural(life.crashes, 'worker')} ended by a signal`,
  ];
  return [`Life: ${parts.join(', ')}.`];
}

function upstreamLine({ peer, requests, errors5xx, before, ...times }: UpstreamUse, words: Words): string {
  const ms = (value: number | null): string => (value === null ? '?' : whole(value));
  const failed = errors5xx === 0 ? '' : `, ${whole(errors5xx)} answered 5xx`;
  if (times.p95Ms === null) return `Upstream ${peer}: ${plural(requests, 'request')}${failed}; the log has no times.`;
  const change = against(times.p95Ms, before?.p95Ms ?? null, (value) => `${whole(value)} ms`, words.before);
  return `Upstream ${peer}: ${plural(requests, 'request')}${failed}; p50 ${ms(times.p50Ms)}, p95 ${ms(times.p95Ms)}, p99 ${ms(times.p99Ms)} ms; p95${change === '' ? ' not known before' : change.slice(1)}.`;
}

function incidentLines({ incidents }: DigestSummary, words: Words): string[] {
  if (incidents.length === 0) return ['No incident.'];
  const more = incidents.length - INCIDENTS_SHOWN;
  return [
    ...incidents.slice(0, INCIDENTS_SHOWN).map(({ cause, openedAt, minutes, open, lostTotal, acknowledgedBy }) => {
      const lasted = `${open ? 'open for ' : ''}${lasting(minutes)}`;
      const who = acknowledgedBy === null ? 'not acknowledged' : `acknowledged by ${acknowledgedBy}`;
      return `Incident: ${cause} at ${words.dateTime(openedAt)}, ${lasted}, ${plural(lostTotal, 'client')} lost, ${who}.`;
    }),
    ...(more > 0 ? [`And ${plural(more, 'more incident')}.`] : []),
  ];
}

function driftLine({ name, before, after }: Drift): string {
  const place = (after ?? before)?.place ?? null;
  const where = place === null ? '' : ` (${place.file}:${place.line})`;
  const line = (directive: Directive, what: string): string =>
    `Config: ${[name, directive.value, what].filter((word) => word !== '').join(' ')}${where}.`;
  if (before === null) return after === null ? '' : line(after, 'was added');
  if (after === null) return line(before, 'was removed');
  return `Config: ${name} was ${before.value || 'plain'}, is ${after.value || 'plain'}${where}.`;
}

function driftLines(drift: readonly Drift[] | null): string[] {
  if (drift === null) return [];
  if (drift.length === 0) return ['Config: unchanged.'];
  const more = drift.length - DRIFTS_SHOWN;
  return [
    ...drift.slice(0, DRIFTS_SHOWN).map(driftLine),
    ...(more > 0 ? [`Config: ${plural(more, 'more change')}.`] : []),
  ];
}

export function sentencesOf(summary: DigestSummary): string[] {
  const { slots, recommendation, blindSpots, upstreams, slotsByHour } = summary;
  const words = wordsFor(summary);
  return [
    `Change: ${recommendation.text}`,
    ...recommendation.numbers,
    ...lostLines(summary),
    ...incidentLines(summary, words),
    ...(slots === null ? [] : [slotLine(slots, words)]),
    ...hourLine(slotsByHour),
    ...limitLines(summary, words),
    ...upstreams.slice(0, UPSTREAMS_SHOWN).map((upstream) => upstreamLine(upstream, words)),
    ...lifeLine(summary),
    ...driftLines(summary.drift),
    ...blindSpots.map(({ what, remedy }) => `Blind spot: ${what}. ${remedy}`),
  ];
}
