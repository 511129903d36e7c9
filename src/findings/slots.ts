/**
 * How full each worker's connection slots are, how fast they fill, and whether clients are being turned away for want
 * of one. Slots are counted from outside (src/nginx/README.md §2), never from Active: upstream sockets are not in Active.
 */
import type { Evidence } from '../core/evidence.ts';
import type { Settings } from '../core/settings.ts';
import { drops, type Signal } from '../core/signal.ts';
import type { Thresholds } from './config.ts';
import { isActive, type Lines, readLines } from './log.ts';
import { seen, usedByWorker, within } from './samples.ts';
import type { StatusPageView } from './status-page.ts';
import { isImminent, secondsUntil, steadyGrowth } from './trend.ts';

export interface WorkerLoad {
  /** null when the figure is not tied to a process. */
  readonly pid: number | null;
  readonly used: number;
  readonly limit: number;
  readonly usedRatio: number;
  /** The highest share seen while lines and drops still count as happening now. */
  readonly peakRatio: number;
  /** Steady growth; 0 when there is none. */
  readonly fillPerSecond: number;
  readonly secondsToFull: number | null;
}

/** `imminent`: full within the forecast time. `refusing`: somebody was turned away just now. */
export type SlotPressure = 'none' | 'high' | 'imminent' | 'refusing';

export interface SlotView {
  /** Current workers, fullest first. */
  readonly workers: readonly WorkerLoad[];
  readonly hottest: WorkerLoad | null;
  readonly source: 'slots' | 'stub-status' | null;
  readonly at: number | null;
  /** A1, A2 and W1 lines; lines of helper processes are not among them. */
  readonly refused: Lines | null;
  readonly starved: Lines | null;
  readonly reuse: Lines | null;
  /** Lines that speak of a helper process's own small pool. */
  readonly helper: Lines | null;
  readonly pressure: SlotPressure;
  /** When the pressure began, ms since the epoch. */
  readonly since: number | null;
  /** The pool has emptied since: when it was last full, of which the lines still speak. null while it is as full as it gets. */
  readonly emptiedAfter: number | null;
}

/** Cache manager and loader run with a separate pool (ngx_cache_manager_process_cycle: 512), whatever is configured. */
export const HELPER_POOL = 512;

/** null when no configuration says it: a fragment without events{} does not mean the default. */
export function configuredSlots({ settings }: Evidence): number | null {
  if (settings === null || (settings.origin === 'fragment' && settings.workerConnections.place === null)) return null;
  return settings.workerConnections.value;
}

/** Reuse is logged at [warn] and in the main log alone (ngx_drain_connections: cycle->log). */
export function tellsOfReuse({ errorLogs }: Settings): boolean {
  return errorLogs.some(({ context, level }) => context === 'main' && !drops(level, 'warn'));
}

function isHelperLine(evidence: Evidence): (signal: Signal) => boolean {
  const processes = seen(evidence, 'workers').at(-1)?.data.processes ?? [];
  const kindOf = new Map(processes.map((process) => [process.pid, process.kind]));
  const configured = configuredSlots(evidence);
  return (signal) => {
    const kind = signal.pid === null ? undefined : kindOf.get(signal.pid);
    if (kind === 'worker') return false;
    if (kind === 'cache-manager' || kind === 'cache-loader') return true;
    return Number(signal.captures.slots) === HELPER_POOL && configured !== null && configured !== HELPER_POOL;
  };
}

function loadsFromProbe(evidence: Evidence, options: SlotOptions): readonly WorkerLoad[] {
  const samples = within(seen(evidence, 'slots'), evidence.asOf, Math.max(options.activeMs, options.trendMs));
  const configured = configuredSlots(evidence);
  const usedBy = usedByWorker(samples);
  return (samples.at(-1)?.data.workers ?? []).flatMap(({ pid, used, limit: ownLimit }) => {
    const limit = ownLimit ?? configured;
    if (limit === null) return [];
    const points = usedBy(pid);
    const fillPerSecond = steadyGrowth(within(points, evidence.asOf, options.trendMs));
    return [
      {
        pid,
        used,
        limit,
        usedRatio: used / limit,
        peakRatio: Math.max(...points.map(({ value }) => value)) / limit,
        fillPerSecond,
        secondsToFull: secondsUntil(limit, used, fillPerSecond),
      },
    ];
  });
}

/** Active is a lower bound of the slots in use, spread evenly for want of better knowledge. */
function loadsFromPage(evidence: Evidence, page: StatusPageView, workers: number): readonly WorkerLoad[] {
  const limit = configuredSlots(evidence);
  if (limit === null || page.counters === null || page.lie !== null) return [];
  const used = page.counters.active / workers;
  return [
    { pid: null, used, limit, usedRatio: used / limit, peakRatio: used / limit, fillPerSecond: 0, secondsToFull: null },
  ];
}

type UnjudgedView = Omit<SlotView, 'pressure' | 'since' | 'emptiedAfter'>;

function pressureOf(view: UnjudgedView, page: StatusPageView, thresholds: Thresholds): SlotPressure {
  const ratio = view.hottest?.usedRatio ?? null;
  const turnedAway = page.failure?.reason === 'reset' && page.failure.count >= 2;
  if (isActive(view.refused) || isActive(view.starved)) return 'refusing';
  if (page.gapGrowth > 0 && (ratio === null || ratio >= thresholds.slotsHighRatio)) return 'refusing';
  if (turnedAway && (ratio === null || ratio >= thresholds.slotsHighRatio)) return 'refusing';
  if (isImminent(view.hottest, thresholds.forecastMs)) return 'imminent';
  if (isActive(view.reuse) || (ratio ?? 0) >= thresholds.slotsHighRatio) return 'high';
  return 'none';
}

function pressureSince(evidence: Evidence, view: UnjudgedView, thresholds: Thresholds): number | null {
  let since: number | null = null;
  const configured = configuredSlots(evidence);
  for (const { at, data } of seen(evidence, 'slots').toReversed()) {
    const high = data.workers.some(
      ({ used, limit }) => used / (limit ?? configured ?? Infinity) >= thresholds.slotsHighRatio,
    );
    if (!high) break;
    since = at;
  }
  const starts = [view.refused, view.starved, view.reuse].flatMap((lines) => (isActive(lines) ? [lines.firstAt] : []));
  const earliest = Math.min(since ?? Infinity, ...starts);
  return earliest === Infinity ? null : earliest;
}

/** A pool this far below its peak, after it was short, is another story than the lines tell. */
const EMPTIED_RATIO = 0.5;

/** The newest look at which the fullest worker of the active window was still near its peak; null when it is now. */
function emptiedAfter(
  evidence: Evidence,
  { workers, source }: Pick<SlotView, 'workers' | 'source'>,
  options: SlotOptions,
): number | null {
  const peak = workers.toSorted((a, b) => b.peakRatio - a.peakRatio)[0];
  if (source !== 'slots' || peak === undefined || peak.peakRatio < options.thresholds.slotsHighRatio) return null;
  const full = EMPTIED_RATIO * peak.peakRatio * peak.limit;
  if (workers.some(({ used }) => used >= full)) return null;
  const looks = within(seen(evidence, 'slots'), evidence.asOf, options.activeMs);
  return looks.findLast(({ data }) => data.workers.some(({ used }) => used >= full))?.at ?? null;
}

export interface SlotOptions {
  readonly thresholds: Thresholds;
  readonly activeMs: number;
  readonly trendMs: number;
  readonly workers: number;
}

export function readSlots(evidence: Evidence, page: StatusPageView, options: SlotOptions): SlotView {
  const { thresholds, activeMs } = options;
  const helper = isHelperLine(evidence);
  const client = (signal: Signal) => !helper(signal);
  const [source, loads] = firstKnown(evidence, page, options);
  const workers = loads.toSorted((a, b) => b.usedRatio - a.usedRatio || (a.pid ?? 0) - (b.pid ?? 0));
  const view = {
    workers,
    hottest: workers[0] ?? null,
    source,
    at:
      source === 'slots'
        ? (seen(evidence, 'slots').at(-1)?.at ?? null)
        : source === 'stub-status'
          ? page.countersAt
          : null,
    refused: readLines(evidence, activeMs, 'worker-connections', client),
    starved: readLines(evidence, activeMs, 'worker-connections-upstream', client),
    reuse: readLines(evidence, activeMs, 'worker-connections-reuse', client),
    helper: readLines(
      evidence,
      activeMs,
      ['worker-connections', 'worker-connections-upstream', 'worker-connections-reuse'],
      helper,
    ),
  };
  return {
    ...view,
    pressure: pressureOf(view, page, thresholds),
    since: pressureSince(evidence, view, thresholds),
    emptiedAfter: emptiedAfter(evidence, view, options),
  };
}

function firstKnown(
  evidence: Evidence,
  page: StatusPageView,
  options: SlotOptions,
): readonly [SlotView['source'], readonly WorkerLoad[]] {
  const probed = loadsFromProbe(evidence, options);
  if (probed.length > 0) return ['slots', probed];
  const paged = loadsFromPage(evidence, page, options.workers);
  return paged.length > 0 ? ['stub-status', paged] : [null, []];
}
