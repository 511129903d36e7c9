/** Checks that all workers exist, run and are not stuck, and how many old ones remain. */
import type { Evidence } from '../../core/evidence.ts';
import { duration, percent, plural, where } from '../../core/format.ts';
import type { CheckResult, CheckStatus } from '../../core/report.ts';
import type { WorkerProcess, WorkersData } from '../../core/samples/workers.ts';
import type { Findings } from '../../findings/findings.ts';
import { isActive } from '../../findings/log.ts';
import { standsStill } from '../../nginx/stands-still.ts';
import { answer, type Check, couldNotLook, worst } from '../answer.ts';
import { newest } from '../look.ts';
import { masterPid } from '../shell.ts';
import { rounded } from '../words.ts';

const STATE_NAMES: Readonly<Record<string, string>> = {
  T: 'stopped (state T)',
  t: 'stopped by a debugger (state t)',
  D: 'blocked in the kernel, mostly on a disk or NFS (state D)',
  Z: 'dead (state Z)',
};

export const check: Check = {
  id: 'workers',
  place: 40,
  does: 'worker processes, their age, state and CPU',
  judge: checkWorkers,
};

function checkWorkers(evidence: Evidence, findings: Findings): CheckResult {
  const equivalent = `ps -o pid,stat,etime,pcpu,rss,args --ppid ${masterPid(evidence)}`;
  const seen = newest(evidence, 'workers');
  if (!seen.ok && seen.reason === 'absent') return notRunning(evidence, seen.at, equivalent);
  if (!seen.ok) {
    const remedy = 'Start nginx, or name its pid file as nginx.pidFile; run gapwatch in its PID namespace';
    return couldNotLook('workers', evidence, seen, { what: 'The worker processes', remedy, equivalent });
  }
  const { life, thresholds } = findings;
  const { old } = life;
  const current = life.current ?? [];
  const expected = life.expectedIsConfigured ? life.expected : null;
  const stuck = current.filter(standsStill);
  const busy = current.filter((worker) => (worker.cpuRatio ?? 0) >= thresholds.busyWorkerCpuRatio);
  const crashes = isActive(life.crashes) ? life.crashes.count : 0;
  const place = where(evidence.settings?.workerProcesses.place);
  return answer('workers', evidence, {
    status: worst(
      countStatus(current.length, expected),
      stuck.length > 0 ? 'critical' : 'ok',
      busy.length > 0 || crashes > 0 ? 'warning' : 'ok',
    ),
    text: [
      expected === null || expected === current.length
        ? `${plural(current.length, 'worker')}${expected === null ? '' : ', as configured'}${place}.`
        : `${current.length} of ${plural(expected, 'worker')} run${place}.`,
      ...stuck.map((worker) => `Worker ${worker.pid} is ${STATE_NAMES[worker.state]}: its connections hang.`),
      stuck.length > 0 ? stuckText(stuck, findings) : null,
      ...busy.map((worker) => `Worker ${worker.pid} uses ${percent(worker.cpuRatio ?? 0)} of a core.`),
      crashes > 0
        ? `${plural(crashes, 'worker')} died on a signal just now; status counters stay inflated until a restart.`
        : null,
      old.length > 0
        ? `${plural(old.length, 'old worker')} still shutting down, the oldest started ${age(evidence, old)} ago.`
        : null,
    ],
    values: { ...valuesOf(evidence, seen.data, { current, old, stuck }), expectedWorkers: expected },
    equivalent,
    basis: [seen],
  });
}

/** Why a diagnosis still waits: one sample may be chance, and a wait for a disk may pass. */
function stuckText(stuck: readonly WorkerProcess[], { life }: Findings): string | null {
  if (life.standing.length === 0) return 'Seen in one sample so far.';
  if (stuck.some(({ state }) => state !== 'D')) return null;
  return 'A wait for a disk may pass: clients wait once the status page falls silent or an accept queue fills.';
}

/** A hidden process is `denied`. `absent` means that it would have been visible. */
function notRunning(evidence: Evidence, at: number | null, equivalent: string): CheckResult {
  return answer('workers', evidence, {
    status: 'critical',
    text: [
      'nginx is not running: no master process was found.',
      'Start nginx (`nginx -t && systemctl start nginx`), or name its pid file as nginx.pidFile.',
    ],
    values: { currentWorkers: 0 },
    equivalent,
    basis: at === null ? [] : [{ at }],
  });
}

interface Groups {
  readonly current: readonly WorkerProcess[];
  readonly old: readonly WorkerProcess[];
  readonly stuck: readonly WorkerProcess[];
}

function valuesOf(evidence: Evidence, data: WorkersData, { current, old, stuck }: Groups): CheckResult['values'] {
  const resident = [...current, ...old].map((worker) => worker.residentBytes ?? 0);
  return {
    masterPid: data.masterPid,
    masterUptimeMs: evidence.asOf - data.masterStartedAtMs,
    currentWorkers: current.length,
    oldWorkers: old.length,
    stuckWorkers: stuck.length,
    busiestCpuRatio: rounded(Math.max(0, ...current.map((worker) => worker.cpuRatio ?? 0))),
    largestResidentBytes: Math.max(0, ...resident),
    processes: data.processes,
  };
}

function countStatus(current: number, expected: number | null): CheckStatus {
  if (current === 0) return 'critical';
  return expected !== null && current < expected ? 'warning' : 'ok';
}

function age(evidence: Evidence, workers: readonly WorkerProcess[]): string {
  return duration(evidence.asOf - Math.min(...workers.map((worker) => worker.startedAtMs)));
}
