/**
 * Checks the used slots of each worker against worker_connections, counted from outside. Old workers are counted
 * separately.
 */
import type { Evidence } from '../../core/evidence.ts';
import { duration, percent, perSecond, plural, where } from '../../core/format.ts';
import type { CheckResult, CheckStatus } from '../../core/report.ts';
import type { SlotsData, WorkerSlots } from '../../core/samples/slots.ts';
import type { Findings } from '../../findings/findings.ts';
import { isActive, type Lines } from '../../findings/log.ts';
import type { WorkerLoad } from '../../findings/slots.ts';
import { isImminent } from '../../findings/trend.ts';
import { reuseportClones } from '../../nginx/reuseport-clones.ts';
import { answer, type Check, couldNotLook, grade, worst } from '../answer.ts';
import { newest } from '../look.ts';
import { workerPids } from '../shell.ts';
import { rounded } from '../words.ts';

const NO_WORKER = { status: 'critical', text: ['No worker of the current generation runs.'], values: {} } as const;
const QUIC = 'QUIC connections have no separate socket and are not in this count.';

const HELPER =
  'A helper process (cache manager or loader) has used up its separate pool of 512 slots, which no client uses.';

export const check: Check = {
  id: 'slots',
  place: 10,
  does: 'connection slots used per worker against worker_connections',
  judge: checkSlots,
};

function checkSlots(evidence: Evidence, findings: Findings): CheckResult {
  const seen = newest(evidence, 'slots');
  const equivalent = equivalentOf(evidence);
  if (!seen.ok) {
    const remedy = 'Run gapwatch as root, or as the user nginx runs as';
    return couldNotLook('slots', evidence, seen, { what: 'Connection slots', remedy, equivalent });
  }
  const setting = evidence.settings?.workerConnections;
  const loads = loadsOf(seen.data.workers, setting?.value ?? null);
  const [hottest] = loads;
  if (hottest === undefined) return answer('slots', evidence, { ...NO_WORKER, equivalent, basis: [seen] });
  const { slots, thresholds } = findings;
  const refused = activeCount(slots.refused) + activeCount(slots.starved);
  const reusing = activeCount(slots.reuse);
  const fill = slots.workers.find(({ pid }) => pid === hottest.pid) ?? null;
  const soon = isImminent(fill, thresholds.forecastMs);
  return answer('slots', evidence, {
    status: worst(
      byRatio(hottest, thresholds),
      refused > 0 ? 'critical' : 'ok',
      reusing > 0 || soon || isActive(slots.helper) ? 'warning' : 'ok',
    ),
    text: [
      hottestText(hottest, loads.length, where(setting?.place)),
      fill !== null && soon ? fillText(fill) : null,
      refused > 0 ? `${plural(refused, 'refusal')} in the error log: clients are being turned away.` : null,
      reusing > 0 ? 'nginx already closes reusable connections to make room.' : null,
      isActive(slots.helper) ? HELPER : null,
      oldText(seen.data),
      evidence.settings?.usesQuic === true ? QUIC : null,
    ],
    values: {
      ...loadValues(hottest, loads, seen.data),
      workerConnections: setting?.value ?? null,
      fillPerSecond: rounded(fill?.fillPerSecond ?? 0),
      secondsToFull: fill === null || fill.secondsToFull === null ? null : rounded(fill.secondsToFull),
      refusalLines: refused,
    },
    equivalent,
    basis: [seen],
  });
}

function activeCount(lines: Lines | null): number {
  return isActive(lines) ? lines.count : 0;
}

function byRatio({ usedRatio }: Load, thresholds: Findings['thresholds']): CheckStatus {
  if (usedRatio === null) return 'unknown';
  return grade(usedRatio, thresholds.slotsHighRatio, thresholds.slotsFullRatio);
}

interface Load extends WorkerSlots {
  readonly usedRatio: number | null;
}

function loadValues(hottest: Load, loads: readonly Load[], { old }: SlotsData): CheckResult['values'] {
  return {
    hottestPid: hottest.pid,
    hottestUsedRatio: hottest.usedRatio,
    usedSlots: totalUsed(loads),
    oldWorkers: old.length,
    oldWorkerSlots: totalUsed(old),
    workers: loads,
  };
}

function totalUsed(workers: readonly WorkerSlots[]): number {
  return workers.reduce((sum, { used }) => sum + used, 0);
}

/** Fullest first. */
function loadsOf(workers: readonly WorkerSlots[], configured: number | null): Load[] {
  return workers
    .map((worker) => {
      const limit = worker.limit ?? configured;
      return { ...worker, limit, usedRatio: limit === null ? null : rounded(worker.used / limit) };
    })
    .sort((a, b) => (b.usedRatio ?? 0) - (a.usedRatio ?? 0) || b.used - a.used);
}

function hottestText(hottest: Load, workers: number, place: string): string {
  const who =
    workers === 1 ? `The worker (pid ${hottest.pid})` : `The fullest of ${workers} workers (pid ${hottest.pid})`;
  const about = hottest.method === 'bound' ? 'about ' : '';
  if (hottest.limit === null || hottest.usedRatio === null) {
    return `${who} uses ${about}${plural(hottest.used, 'connection slot')}; worker_connections is not known, because the configuration could not be read.`;
  }
  const beyond = hottest.used > hottest.limit && hottest.method === 'exact';
  const over = beyond ? ' More than configured: the running worker has another limit, or a module opens sockets.' : '';
  return `${who} uses ${about}${hottest.used} of ${plural(hottest.limit, 'connection slot')}${place}: ${percent(hottest.usedRatio)}.${over}`;
}

function oldText({ old }: SlotsData): string | null {
  if (old.length === 0) return null;
  return `${plural(old.length, 'worker')} of an older generation, shutting down, hold ${totalUsed(old)} more (not added).`;
}

function fillText({ fillPerSecond, secondsToFull }: Pick<WorkerLoad, 'fillPerSecond' | 'secondsToFull'>): string {
  const until = (secondsToFull ?? 0) > 0 ? `is full in ${duration((secondsToFull ?? 0) * 1000)}` : 'has none left';
  return `It fills by ${perSecond(fillPerSecond)} and ${until}.`;
}

/**
 * Counts slots as socket descriptors minus the channels to sibling processes and other sockets without a slot
 * (src/nginx/README.md §2).
 */
function equivalentOf(evidence: Evidence): string {
  const { workers, slots } = evidence.latest;
  const processes = workers?.ok === true ? workers.data.processes.filter(({ kind }) => kind !== 'other').length : 0;
  const counted = slots?.ok === true ? slots.data.workers.length + slots.data.old.length : 0;
  const others = Math.max(0, (processes === 0 ? counted : processes) - 1) + reuseportClones(evidence.settings);
  return `for p in ${workerPids(evidence)}; do echo "$p $(( $(ls -l /proc/$p/fd | grep -c socket:) - ${others} ))"; done`;
}
