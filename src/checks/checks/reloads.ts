/** Checks the reloads in the window and the old workers that still run. */
import type { Evidence } from '../../core/evidence.ts';
import { duration, plural, where } from '../../core/format.ts';
import type { CheckResult } from '../../core/report.ts';
import type { WorkerProcess, WorkersData } from '../../core/samples/workers.ts';
import type { Findings } from '../../findings/findings.ts';
import { answer, type Check, couldNotLook } from '../answer.ts';
import { newest } from '../look.ts';
import { masterPid } from '../shell.ts';

/** Workers that start within this time after the master belong to its first set. */
const FIRST_START_MS = 2000;

export const check: Check = {
  id: 'reloads',
  place: 140,
  does: 'reloads, old workers, crashes',
  judge: checkReloads,
};

function checkReloads(evidence: Evidence, findings: Findings): CheckResult {
  const equivalent = `ps -o pid,lstart,args --ppid ${masterPid(evidence)}`;
  const { life } = findings;
  const { old, pile, reloads } = life;
  const seen = newest(evidence, 'workers');
  if (!seen.ok && reloads.length === 0) {
    const remedy = 'Run gapwatch in the PID namespace of nginx, or set `error_log … notice`';
    return couldNotLook('reloads', evidence, seen, { what: 'Reloads', remedy, equivalent });
  }
  const current = life.current?.length ?? 0;
  const piled = old.length > 0 && pile.lingering >= pile.limit;
  const sinceStartMs = seen.ok ? sinceWorkersStartedMs(evidence, seen.data, life.current ?? []) : null;
  return answer('reloads', evidence, {
    status: piled || life.isReloadStorm ? 'warning' : 'ok',
    text: [
      reloads.length === 0 ? noReloadText(sinceStartMs) : reloadText(evidence, reloads),
      life.isReloadStorm ? `That is a storm (${life.reloadsInLastMinute} in the last minute).` : null,
      old.length === 0
        ? null
        : `${plural(old.length, 'old worker')} still shutting down beside ${current} current, holding ${oldSlots(evidence)} slots.`,
      piled ? shutdownText(evidence) : null,
    ],
    values: {
      reloads: reloads.length === 0 ? null : reloads.length,
      reloadsInLastMinute: life.reloadsInLastMinute,
      currentWorkers: seen.ok ? current : null,
      oldWorkers: seen.ok ? old.length : null,
      oldestOldWorkerMs: seen.ok ? Math.max(0, ...pile.ages) : null,
      sinceWorkersStartedMs: sinceStartMs,
      oldWorkerPids: old.map(({ pid }) => pid),
    },
    equivalent,
    basis: seen.ok ? [seen] : [],
  });
}

/** Age of the youngest current worker when it is younger than the master. null when they started together. */
function sinceWorkersStartedMs(
  { asOf }: Evidence,
  { masterStartedAtMs }: WorkersData,
  current: readonly WorkerProcess[],
): number | null {
  const youngest = Math.max(0, ...current.map(({ startedAtMs }) => startedAtMs));
  return youngest - masterStartedAtMs > FIRST_START_MS ? asOf - youngest : null;
}

function reloadText(evidence: Evidence, reloads: readonly number[]): string {
  const last = duration(evidence.asOf - (reloads.at(-1) ?? evidence.asOf));
  return `${plural(reloads.length, 'reload')} in the last ${duration(evidence.windowMs)}, the last ${last} ago.`;
}

function shutdownText({ settings }: Evidence): string {
  const timeout = settings?.workerShutdownTimeoutMs ?? null;
  if (timeout === null) return 'Without worker_shutdown_timeout they stay as long as their clients do.';
  return `worker_shutdown_timeout is ${duration(timeout.value)}${where(timeout.place)}.`;
}

function noReloadText(lastMs: number | null): string {
  if (lastMs === null) return 'No reload since the master started.';
  return `The youngest worker started ${duration(lastMs)} ago, later than the master: a reload, or a crash.`;
}

function oldSlots(evidence: Evidence): string {
  const slots = newest(evidence, 'slots');
  return slots.ok ? String(slots.data.old.reduce((sum, { used }) => sum + used, 0)) : 'an unknown number of';
}
