/** Counts lost and nearly lost clients of the period from counters, logs and incidents. */
import type { Incident } from '../core/incident.ts';
import type { Meanings } from '../core/meaning.ts';
import { LOG_LEVELS, type LogLevel } from '../core/signal.ts';
import { hostSeries, iso, peakOf, type ReadSeries, sumOf, totalOf } from './measure.ts';

export interface Losses {
  /** accepts − handled; null when no status page was read. */
  readonly refusedByWorkers: number | null;
  readonly listenOverflows: number | null;
  readonly listenDrops: number | null;
  /** Log lines of requests without an upstream slot; each is one 500. */
  readonly starvedUpstreamLeg: number;
  /** As counted by the incidents of the period, most first. */
  readonly byCause: readonly { readonly cause: string; readonly clients: number }[];
}

/** Null when the error_log level hides such lines and none was logged. */
export interface Life {
  readonly reloads: number | null;
  /** Children of the master that a signal ended, workers included. */
  readonly crashes: number | null;
  /** Most workers that were shutting down at the same time; null without samples of workers. */
  readonly oldWorkersPeak: number | null;
  /** Lines "reusing connections": the connection pool was nearly empty. */
  readonly nearMisses: number | null;
}

export interface DigestIncident {
  readonly id: string;
  readonly cause: string;
  readonly openedAt: string;
  readonly minutes: number;
  readonly open: boolean;
  readonly lostTotal: number;
  readonly acknowledgedBy: string | null;
}

export type Lines = Readonly<Record<string, number>>;

/** Log lines of the period by pattern id. */
export function linesByPattern(series: ReadSeries): Lines {
  const lines: Record<string, number> = {};
  for (const [pattern, buckets] of series('log.lines')) lines[pattern] = sumOf(buckets);
  return lines;
}

/** Lines of all patterns of a group; undefined without one. */
function linesOf(lines: Lines, group: string, meanings: Meanings): number | undefined {
  const counts = Object.entries(lines).flatMap(([pattern, count]) =>
    (meanings.get(pattern)?.groups ?? [pattern]).includes(group) ? [count] : [],
  );
  return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0);
}

/** What the lines are read with: the catalogue's own words on its patterns. */
export interface LineCounts {
  readonly lines: Lines;
  readonly meanings: Meanings;
}

export function lossesOf(series: ReadSeries, { lines, meanings }: LineCounts, incidents: readonly Incident[]): Losses {
  const byCause = new Map<string, number>();
  for (const { cause, lostTotal } of incidents) {
    if (lostTotal > 0) byCause.set(cause, (byCause.get(cause) ?? 0) + lostTotal);
  }
  return {
    refusedByWorkers: totalOf(series, 'status.dropped'),
    listenOverflows: totalOf(series, 'kernel.listenOverflows'),
    listenDrops: totalOf(series, 'kernel.listenDrops'),
    starvedUpstreamLeg: linesOf(lines, 'worker-connections-upstream', meanings) ?? 0,
    byCause: [...byCause].map(([cause, clients]) => ({ cause, clients })).sort((a, b) => b.clients - a.clients),
  };
}

/** `loggedFrom`: the mildest level that reaches an error log; null when unknown. */
export function lifeOf(series: ReadSeries, { lines, meanings }: LineCounts, loggedFrom: LogLevel | null): Life {
  const shows = (level: LogLevel): boolean =>
    loggedFrom === null || LOG_LEVELS.indexOf(loggedFrom) <= LOG_LEVELS.indexOf(level);
  const count = (group: string, level: LogLevel): number | null =>
    linesOf(lines, group, meanings) ?? (shows(level) ? 0 : null);
  return {
    reloads: count('reload', 'notice'),
    crashes: count('worker-exited-on-signal', 'alert'),
    oldWorkersPeak: peakOf(hostSeries(series, 'workers.old')),
    nearMisses: count('worker-connections-reuse', 'warn'),
  };
}

export function incidentsOf(incidents: readonly Incident[], toMs: number): DigestIncident[] {
  return incidents.map((incident) => ({
    id: incident.id,
    cause: incident.cause,
    openedAt: iso(incident.openedAt),
    minutes: ((incident.resolvedAt ?? toMs) - incident.openedAt) / 60_000,
    open: incident.resolvedAt === null,
    lostTotal: incident.lostTotal,
    acknowledgedBy: incident.acknowledgedBy,
  }));
}
