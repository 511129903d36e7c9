/** Reads processes from /proc and parses nginx's process titles (src/os/unix/ngx_process_cycle.c). */
import type { ProcessKind, WorkerProcess } from '../core/samples/workers.ts';
import { isGone } from './failure.ts';
import type { Host } from './host.ts';

/** USER_HZ: the unit of times in /proc/PID/stat, 100 on every Linux that Node runs on. */
export const TICKS_PER_SECOND = 100;

export interface ProcessStat {
  readonly parentPid: number;
  readonly state: string;
  readonly cpuTicks: number;
  /** Ticks after boot. */
  readonly startTicks: number;
}

export interface Child {
  readonly pid: number;
  readonly kind: ProcessKind;
  readonly generation: WorkerProcess['generation'];
}

/** `/proc/PID/stat`; null when it is cut. The name in parentheses may hold anything, so read from the last one. */
export function parseProcessStat(text: string): ProcessStat | null {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, parent] = fields;
  const numbers = [parent, fields[11], fields[12], fields[19]].map(Number);
  if (state === undefined || numbers.some((value) => !Number.isFinite(value))) return null;
  const [parentPid = 0, userTicks = 0, systemTicks = 0, startTicks = 0] = numbers;
  return { parentPid, state, cpuTicks: userTicks + systemTicks, startTicks };
}

/** What a child of the master is, from its title; null for a title that is not nginx's (single-process mode). */
export function parseTitle(commandLine: string): Omit<Child, 'pid'> | null {
  const title = /^nginx: ([^\0]*)/.exec(commandLine)?.[1];
  if (title === undefined) return null;
  const generation = title.includes('is shutting down') ? 'shutting-down' : 'current';
  if (title.startsWith('worker process')) return { kind: 'worker', generation };
  if (title.startsWith('cache manager')) return { kind: 'cache-manager', generation };
  if (title.startsWith('cache loader')) return { kind: 'cache-loader', generation };
  if (title.startsWith('privileged agent')) return { kind: 'privileged-agent', generation };
  return { kind: 'other', generation };
}

/** nginx's own processes below `masterPid`; in single-process mode that process itself, as a worker. */
export async function nginxProcesses(host: Host, masterPid: number): Promise<readonly Child[]> {
  const own = await host.readText(`/proc/${masterPid}/cmdline`);
  const children = await Promise.all((await childPids(host, masterPid)).map((pid) => childOf(host, pid)));
  const found = children.filter((child) => child !== null);
  if (found.length === 0 && parseTitle(own) === null) {
    return [{ pid: masterPid, kind: 'worker', generation: 'current' }];
  }
  return found;
}

async function childOf(host: Host, pid: number): Promise<Child | null> {
  try {
    const title = parseTitle(await host.readText(`/proc/${pid}/cmdline`));
    return { pid, ...(title ?? { kind: 'other', generation: 'current' }) };
  } catch (error) {
    if (!isGone(error)) throw error;
    return null; // Ended meanwhile.
  }
}

async function childPids(host: Host, pid: number): Promise<number[]> {
  try {
    const text = await host.readText(`/proc/${pid}/task/${pid}/children`);
    return text.split(' ').filter(Boolean).map(Number);
  } catch (error) {
    if (!isGone(error)) throw error;
    return childPidsByParent(host, pid); // A kernel without CONFIG_PROC_CHILDREN.
  }
}

async function childPidsByParent(host: Host, parentPid: number): Promise<number[]> {
  const pids = (await host.list('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const stats = await Promise.all(pids.map((pid) => processStat(host, pid)));
  return pids.filter((_, index) => stats[index]?.parentPid === parentPid);
}

/** Null when the process is gone; rejects when that cannot be seen. */
export async function processStat(host: Host, pid: number): Promise<ProcessStat | null> {
  try {
    return parseProcessStat(await host.readText(`/proc/${pid}/stat`));
  } catch (error) {
    if (!isGone(error)) throw error;
    return null;
  }
}

/** Time the process ran or waited in a run queue (`/proc/PID/schedstat`), in ns; null on a kernel without CONFIG_SCHED_INFO. */
export async function wantedCpuNs(host: Host, pid: number): Promise<number | null> {
  try {
    const [ran, waited] = (await host.readText(`/proc/${pid}/schedstat`)).split(' ').map(Number);
    const wanted = (ran ?? Number.NaN) + (waited ?? Number.NaN);
    return Number.isFinite(wanted) ? wanted : null;
  } catch {
    return null;
  }
}
