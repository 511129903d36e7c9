/** Reloads in the window, and the workers of older configurations that are still there. */
import type { Evidence } from '../../core/evidence.ts';
import type { CheckResult } from '../../core/report.ts';
import type { WorkerProcess, WorkersData } from '../../core/sample.ts';
import { answer, couldNotLook, worst } from '../answer.ts';
import { RELOADED } from '../log-patterns.ts';
import { newest } from '../look.ts';
import { masterPid } from '../shell.ts';
import type { CheckThresholds } from '../thresholds.ts';
import { duration, plural, rounded, where } from '../words.ts';

/** Workers that the master started with itself began within this time of it. */
const FIRST_START_MS = 2000;

export function checkReloads(evidence: Evidence, thresholds: CheckThresholds): CheckResult {
  const equivalent = `ps -o pid,lstart,args --ppid ${masterPid(evidence)}`;
  const tally = evidence.signals.get(RELOADED);
  const seen = newest(evidence, 'workers');
  if (!seen.ok && tally === undefined) {
    const remedy = 'Run gapwatch in the PID namespace of nginx, or set `error_log … notice`';
    return couldNotLook('reloads', evidence, seen, { what: 'Reloads', remedy, equivalent });
  }
  const processes = seen.ok ? seen.data.processes.filter(({ kind }) => kind === 'worker') : [];
  const old = processes.filter(({ generation }) => generation === 'shutting-down');
  const current = processes.length - old.length;
  const oldestMs = old.length === 0 ? 0 : evidence.asOf - Math.min(...old.map(({ startedAtMs }) => startedAtMs));
  const piled =
    old.length >= thresholds.oldWorkersPerWorker * Math.max(1, current) && oldestMs >= thresholds.oldWorkerMs;
  const perMinute = ((tally?.count ?? 0) * 60_000) / Math.max(60_000, evidence.windowMs);
  const lastMs = seen.ok ? sinceLastStart(evidence, seen.data) : null;
  const shutdown = evidence.settings?.workerShutdownTimeoutMs ?? null;
  return answer('reloads', evidence, {
    status: worst(
      piled ? 'warning' : 'ok',
      recentPerMinute(evidence) >= thresholds.reloadsPerMinute ? 'warning' : 'ok',
    ),
    text: [
      tally === undefined
        ? noReloadText(lastMs)
        : `${plural(tally.count, 'reload')} in the last ${duration(evidence.windowMs)}, the last ${duration(evidence.asOf - tally.lastAt)} ago.`,
      old.length === 0
        ? null
        : `${plural(old.length, 'old worker')} still shutting down beside ${current} current, holding ${oldSlots(evidence)} slots of their own.`,
      piled && shutdown === null ? 'Without worker_shutdown_timeout they stay as long as their clients do.' : null,
      piled && shutdown !== null
        ? `worker_shutdown_timeout is ${duration(shutdown.value)}${where(shutdown.place)}.`
        : null,
    ],
    values: {
      reloads: tally?.count ?? null,
      reloadsPerMinute: rounded(perMinute),
      currentWorkers: seen.ok ? current : null,
      oldWorkers: seen.ok ? old.length : null,
      oldestOldWorkerMs: seen.ok ? oldestMs : null,
      sinceWorkersStartedMs: lastMs,
      oldWorkerPids: old.map(({ pid }) => pid),
    },
    equivalent,
    basis: seen.ok ? [seen] : [],
  });
}

function recentPerMinute(evidence: Evidence): number {
  const signals = evidence.signals.get(RELOADED)?.signals ?? [];
  return signals.filter(({ at }) => evidence.asOf - at <= 60_000).reduce((sum, { count }) => sum + count, 0);
}

/** Age of the youngest current worker, when it is younger than the master; null when they began together. */
function sinceLastStart(evidence: Evidence, { processes, masterStartedAtMs }: WorkersData): number | null {
  const starts = processes.filter(isCurrentWorker).map(({ startedAtMs }) => startedAtMs);
  const youngest = Math.max(...starts);
  return starts.length > 0 && youngest - masterStartedAtMs > FIRST_START_MS ? evidence.asOf - youngest : null;
}

function isCurrentWorker({ kind, generation }: WorkerProcess): boolean {
  return kind === 'worker' && generation === 'current';
}

function noReloadText(lastMs: number | null): string {
  if (lastMs === null) return 'No reload since the master started.';
  return `The youngest worker started ${duration(lastMs)} ago, later than the master: a reload, or a crash.`;
}

function oldSlots(evidence: Evidence): string {
  const slots = newest(evidence, 'slots');
  return slots.ok ? String(slots.data.old.reduce((sum, { used }) => sum + used, 0)) : 'an unknown number of';
}
