/** How near each process is to its own soft limit of open files, and what nginx says about it (errno 24 and 23). */
import type { Evidence } from '../core/evidence.ts';
import type { Signal } from '../core/signal.ts';
import type { Thresholds } from './config.ts';
import { isActive, type Lines, readLines } from './log.ts';
import { type Seen, seen, seenForHours, usedByWorker, within } from './samples.ts';
import { isImminent, type Point, secondsUntil, steadyGrowth } from './trend.ts';

export interface FdLoad {
  readonly pid: number;
  readonly used: number;
  readonly soft: number;
  readonly hard: number | null;
  readonly usedRatio: number;
  readonly fillPerSecond: number;
  readonly secondsToFull: number | null;
}

export interface DescriptorView {
  /** Workers with a known limit, fullest first. */
  readonly workers: readonly FdLoad[];
  readonly hottest: FdLoad | null;
  /** Descriptors of the fullest worker over the whole window, for slow leaks. */
  readonly hottestPoints: readonly Point[];
  /** The same worker over the last hours, a few points an hour. */
  readonly hottestForHours: readonly Point[];
  readonly at: number | null;
  /** errno 24 lines of workers, and of the master (a reload's limit is the master's, not the workers'). */
  readonly emfile: Lines | null;
  readonly masterEmfile: Lines | null;
  /** errno 23: the table of the whole system is full. */
  readonly enfile: Lines | null;
  readonly systemUsedRatio: number | null;
  readonly imminent: boolean;
  /** nginx says so, or the fullest worker has (nearly) none left. */
  readonly exhausted: boolean;
}

/** From this share on the next file or socket may fail: some are opened and closed between two samples. */
const EXHAUSTED_RATIO = 0.995;

/** Windows counts from 10000. */
export function isEmfile({ errno }: Signal['captures']): boolean {
  return errno === '24' || errno === '10024';
}

function loads(looks: readonly Seen<'fds'>[], last: Seen<'fds'>): FdLoad[] {
  const usedBy = usedByWorker(looks);
  const found = last.data.workers.flatMap(({ pid, used, soft, hard }) => {
    if (soft === null) return [];
    const fillPerSecond = steadyGrowth(usedBy(pid));
    return [
      {
        pid,
        used,
        soft,
        hard,
        usedRatio: used / soft,
        fillPerSecond,
        secondsToFull: secondsUntil(soft, used, fillPerSecond),
      },
    ];
  });
  return found.sort((a, b) => b.usedRatio - a.usedRatio || a.pid - b.pid);
}

export function readDescriptors(
  evidence: Evidence,
  options: { readonly thresholds: Thresholds; readonly activeMs: number; readonly trendMs: number },
): DescriptorView {
  const all = seen(evidence, 'fds');
  const last = within(all, evidence.asOf, Math.max(options.activeMs, options.trendMs)).at(-1) ?? null;
  const workers = last === null ? [] : loads(within(all, evidence.asOf, options.trendMs), last);
  const hottest = workers[0] ?? null;
  const fds = all.at(-1)?.data ?? null;
  const master = seen(evidence, 'workers').at(-1)?.data.masterPid ?? fds?.master?.pid ?? null;
  const byMaster = (pid: number | null) => master !== null && pid === master;
  const emfile = readLines(
    evidence,
    options.activeMs,
    'emfile',
    ({ pid, level }) => !byMaster(pid) && level !== 'emerg',
  );
  return {
    workers,
    hottest,
    hottestPoints: hottest === null ? [] : usedByWorker(all)(hottest.pid),
    hottestForHours: hottest === null ? [] : usedByWorker(seenForHours(evidence, 'fds'))(hottest.pid),
    at: last?.at ?? null,
    emfile,
    masterEmfile: readLines(
      evidence,
      options.activeMs,
      ['emfile', 'config-refused'],
      ({ pid, level, captures }) => isEmfile(captures) && (byMaster(pid) || level === 'emerg'),
    ),
    enfile: readLines(evidence, options.activeMs, 'enfile'),
    systemUsedRatio: fds?.systemUsed == null || fds.systemMax == null ? null : fds.systemUsed / fds.systemMax,
    imminent: isImminent(hottest, options.thresholds.forecastMs),
    exhausted: isActive(emfile) || (hottest?.usedRatio ?? 0) >= EXHAUSTED_RATIO,
  };
}
