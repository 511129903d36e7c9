/** The probe of the master's children: kind, generation, age, kernel state, CPU and memory of each. */
import { sample, type WorkerProcess, type WorkersData } from '../../core/samples/workers.ts';
import { createProbe, type Look, noMaster } from '../create-probe.ts';
import type { Host } from '../host.ts';
import type { MakeProbe, Probe, ProbeTarget } from '../probe.ts';
import {
  type Child,
  nginxProcesses,
  type ProcessStat,
  processStat,
  TICKS_PER_SECOND,
  wantedCpuNs,
} from '../process-table.ts';

interface CpuMark {
  readonly startTicks: number;
  readonly cpuTicks: number;
  readonly wantedNs: number | null;
  readonly at: number;
}

export const probe: MakeProbe<'workers'> = { sample, create: createWorkersProbe };

export function createWorkersProbe(host: Host): Probe<'workers'> {
  const bootTimeMs = createBootTime(host);
  let marks: ReadonlyMap<number, CpuMark> = new Map();

  async function look(target: ProbeTarget): Promise<Look<WorkersData>> {
    const { masterPid } = target;
    if (masterPid === null) return noMaster(target);
    const [master, masterStatus, bootedAtMs, children] = await Promise.all([
      processStat(host, masterPid),
      statusOf(host, masterPid),
      bootTimeMs(),
      nginxProcesses(host, masterPid),
    ]);
    if (master === null) return { ok: false, reason: 'absent', detail: `process ${masterPid} is gone` };
    const next = new Map<number, CpuMark>();
    const processes = await Promise.all(children.map((child) => describe(child, bootedAtMs, next)));
    marks = next;
    return {
      ok: true,
      data: {
        masterPid,
        masterStartedAtMs: startedAtMs(bootedAtMs, master),
        masterInnerPid: innerPidIn(masterStatus),
        processes: processes.filter((process) => process !== null),
      },
    };
  }

  async function describe(child: Child, bootedAtMs: number, next: Map<number, CpuMark>): Promise<WorkerProcess | null> {
    const [stat, wantedNs, status] = await Promise.all([
      processStat(host, child.pid),
      wantedCpuNs(host, child.pid),
      statusOf(host, child.pid),
    ]);
    if (stat === null) return null;
    const mark = { startTicks: stat.startTicks, cpuTicks: stat.cpuTicks, wantedNs, at: host.monotonicMs() };
    next.set(child.pid, mark);
    return {
      ...child,
      innerPid: innerPidIn(status),
      startedAtMs: startedAtMs(bootedAtMs, stat),
      state: stat.state,
      ...cpuRatios(marks.get(child.pid), mark),
      residentBytes: residentBytesIn(status),
    };
  }

  return createProbe(sample, host, { look });
}

function cpuRatios(before: CpuMark | undefined, now: CpuMark): Pick<WorkerProcess, 'cpuRatio' | 'cpuWantedRatio'> {
  if (before === undefined || before.startTicks !== now.startTicks || now.at <= before.at)
    return { cpuRatio: null, cpuWantedRatio: null };
  const seconds = (now.at - before.at) / 1000;
  const used = (now.cpuTicks - before.cpuTicks) / TICKS_PER_SECOND / seconds;
  const wanted =
    before.wantedNs === null || now.wantedNs === null ? null : (now.wantedNs - before.wantedNs) / 1e9 / seconds;
  return { cpuRatio: Math.min(1, used), cpuWantedRatio: wanted === null ? null : Math.min(1, wanted) };
}

function startedAtMs(bootedAtMs: number, stat: ProcessStat): number {
  return bootedAtMs + Math.round((stat.startTicks / TICKS_PER_SECOND) * 1000);
}

/**
 * When the host was booted, by the clock of the samples. The kernel gives it in whole seconds and moves it with each change
 * of the system's clock (fs/proc/stat.c, getboottime64): asked for once, or processes would seem to start anew.
 */
function createBootTime(host: Host): () => Promise<number> {
  let asked: Promise<number> | null = null;
  const ask = async (): Promise<number> => {
    const seconds = /^btime (\d+)$/m.exec(await host.readText('/proc/stat'))?.[1];
    return Number(seconds ?? 0) * 1000 - host.aheadMs() - host.movedMs();
  };
  return async () => {
    asked ??= ask().catch((error: unknown) => {
      asked = null;
      throw error;
    });
    return (await asked) + host.movedMs();
  };
}

/** Empty when the process is gone or hides. */
function statusOf(host: Host, pid: number): Promise<string> {
  return host.readText(`/proc/${pid}/status`).catch(() => '');
}

function residentBytesIn(status: string): number | null {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kib === undefined ? null : Number(kib) * 1024;
}

/** Its pid in the innermost PID namespace, which is the one it logs (Linux 4.1 and later tell it). */
function innerPidIn(status: string): number | null {
  const pid = /^NSpid:.*?(\d+)$/m.exec(status)?.[1];
  return pid === undefined ? null : Number(pid);
}
