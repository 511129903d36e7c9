/** Reloads in the window, and the workers of older configurations that are still there. */
import type { Evidence, SignalTally } from '../../core/evidence.ts';
import { duration, plural, where } from '../../core/format.ts';
import type { CheckResult } from '../../core/report.ts';
import type { WorkerProcess, WorkersData } from '../../core/samples/workers.ts';
import { retirements } from '../../nginx/retired-at.ts';
import { answer, type Check, couldNotLook } from '../answer.ts';
import { RELOADED } from '../log-patterns.ts';
import { newest } from '../look.ts';
import { masterPid } from '../shell.ts';
import type { CheckThresholds } from '../thresholds.ts';

/** Workers that the master started with itself began within this time of it. */
const FIRST_START_MS = 2000;

export const check: Check = {
  id: 'reloads',
  place: 140,
  does: 'reloads, old workers, crashes',
  judge: checkReloads,
};

function checkReloads(evidence: Evidence, thresholds: CheckThresholds): CheckResult {
  const equivalent = `ps -o pid,lstart,args --ppid ${masterPid(evidence)}`;
  const tally = evidence.signals.get(RELOADED);
  const seen = newest(evidence, 'workers');
  if (!seen.ok && tally === undefined) {
    const remedy = 'Run gapwatch in the PID namespace of nginx, or set `error_log … notice`';
    return couldNotLook('reloads', evidence, seen, { what: 'Reloads', remedy, equivalent });
  }
  const census = takeCensus(evidence, seen.ok ? seen.data : null);
  const { old, current } = census;
  const lingering = census.retiredForMs.filter((ms) => ms >= thresholds.oldWorkerMs).length;
  const piled = lingering > 0 && lingering >= thresholds.oldWorkersPerWorker * Math.max(1, current);
  const stormy = recentPerMinute(evidence) >= thresholds.reloadsPerMinute;
  return answer('reloads', evidence, {
    status: piled || stormy ? 'warning' : 'ok',
    text: [
      tally === undefined ? noReloadText(census.sinceStartMs) : reloadText(evidence, tally),
      old.length === 0
        ? null
        : `${plural(old.length, 'old worker')} still shutting down beside ${current} current, holding ${oldSlots(evidence)} slots of their own.`,
      piled ? shutdownText(evidence) : null,
    ],
    values: {
      reloads: tally?.count ?? null,
      reloadsInLastMinute: recentPerMinute(evidence),
      currentWorkers: seen.ok ? current : null,
      oldWorkers: seen.ok ? old.length : null,
      oldestOldWorkerMs: seen.ok ? Math.max(0, ...census.retiredForMs) : null,
      sinceWorkersStartedMs: census.sinceStartMs,
      oldWorkerPids: old.map(({ pid }) => pid),
    },
    equivalent,
    basis: seen.ok ? [seen] : [],
  });
}

interface Census {
  readonly current: number;
  readonly old: readonly WorkerProcess[];
  /** How long each of them has been shutting down. */
  readonly retiredForMs: readonly number[];
  /** Age of the youngest current worker, when it is younger than the master; null when they began together. */
  readonly sinceStartMs: number | null;
}

function takeCensus(evidence: Evidence, data: WorkersData | null): Census {
  const workers = data?.processes.filter(({ kind }) => kind === 'worker') ?? [];
  const old = workers.filter(({ generation }) => generation === 'shutting-down');
  const current = workers.filter(({ generation }) => generation === 'current');
  const youngest = Math.max(0, ...current.map(({ startedAtMs }) => startedAtMs));
  const later = data !== null && youngest - data.masterStartedAtMs > FIRST_START_MS;
  const retiredAt = retirements(workers);
  return {
    current: current.length,
    old,
    retiredForMs: old.map((worker) => evidence.asOf - (retiredAt(worker) ?? evidence.asOf)),
    sinceStartMs: later ? evidence.asOf - youngest : null,
  };
}

function reloadText(evidence: Evidence, { count, lastAt }: SignalTally): string {
  const last = duration(evidence.asOf - lastAt);
  return `${plural(count, 'reload')} in the last ${duration(evidence.windowMs)}, the last ${last} ago.`;
}

function shutdownText({ settings }: Evidence): string {
  const timeout = settings?.workerShutdownTimeoutMs ?? null;
  if (timeout === null) return 'Without worker_shutdown_timeout they stay as long as their clients do.';
  return `worker_shutdown_timeout is ${duration(timeout.value)}${where(timeout.place)}.`;
}

function recentPerMinute(evidence: Evidence): number {
  const signals = evidence.signals.get(RELOADED)?.signals ?? [];
  return signals.filter(({ at }) => evidence.asOf - at <= 60_000).reduce((sum, { count }) => sum + count, 0);
}

function noReloadText(lastMs: number | null): string {
  if (lastMs === null) return 'No reload since the master started.';
  return `The youngest worker started ${duration(lastMs)} ago, later than the master: a reload, or a crash.`;
}

function oldSlots(evidence: Evidence): string {
  const slots = newest(evidence, 'slots');
  return slots.ok ? String(slots.data.old.reduce((sum, { used }) => sum + used, 0)) : 'an unknown number of';
}
