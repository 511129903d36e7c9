/** The probe of the host: CPUs, memory, kernel settings of nginx's network namespace, process limit, disks. */
import { dirname } from 'node:path';
import { type SystemData, sample } from '../../core/samples/system.ts';
import type { Settings } from '../../core/settings.ts';
import { createProbe, type Look } from '../create-probe.ts';
import type { Host } from '../host.ts';
import { netNamespaceOf } from '../net-namespace.ts';
import { readPidsCgroup } from '../pids-cgroup.ts';
import type { MakeProbe, Probe, ProbeTarget } from '../probe.ts';

const SYSCTLS = [
  'net/core/somaxconn',
  'net/ipv4/ip_local_port_range',
  'net/ipv4/tcp_tw_reuse',
  'net/ipv4/tcp_max_syn_backlog',
];

export const probe: MakeProbe<'system'> = { sample, create: createSystemProbe };

function createSystemProbe(host: Host): Probe<'system'> {
  async function look({ masterPid, settings }: ProbeTarget, signal: AbortSignal): Promise<Look<SystemData>> {
    const process = `/proc/${masterPid ?? 'self'}`;
    const namespace = await netNamespaceOf(host, masterPid);
    const [status, meminfo, load, sysctls, pids, disks] = await Promise.all([
      host.readText(`${process}/status`),
      host.readText('/proc/meminfo').catch(() => ''),
      host.readText('/proc/loadavg').catch(() => ''),
      namespace.sysctls(SYSCTLS, signal),
      readPidsCgroup(host, process),
      disksOf(host, process, settings),
    ]);
    const [somaxconn, ports, twReuse, synBacklog] = sysctls;
    const [first = null, last = null] = ports?.split(/\s+/).map(Number) ?? [];
    return {
      ok: true,
      data: {
        cpus: countCpus(/^Cpus_allowed_list:\s+(\S+)$/m.exec(status)?.[1] ?? '0'),
        memoryTotalBytes: kibibytes(meminfo, 'MemTotal'),
        memoryAvailableBytes: kibibytes(meminfo, 'MemAvailable'),
        loadAverage1m: load === '' ? null : Number.parseFloat(load),
        somaxconn: numberOrNull(somaxconn),
        ephemeralPortFirst: first,
        ephemeralPortLast: last,
        tcpTwReuse: numberOrNull(twReuse),
        tcpMaxSynBacklog: numberOrNull(synBacklog),
        ...pids,
        disks,
      },
    };
  }
  return createProbe(sample, host, { look });
}

/** `0-3,8` → 5. */
export function countCpus(list: string): number {
  return list.split(',').reduce((sum, range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return sum + last - first + 1;
  }, 0);
}

function numberOrNull(text: string | null | undefined): number | null {
  return text === null || text === undefined ? null : Number(text);
}

function kibibytes(meminfo: string, name: string): number | null {
  const value = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(meminfo)?.[1];
  return value === undefined ? null : Number(value) * 1024;
}

/** File systems that hold nginx's logs, each once, as nginx sees them (it may live in a container). */
async function disksOf(host: Host, process: string, settings: Settings | null): Promise<SystemData['disks']> {
  const logs = [...(settings?.errorLogs ?? []), ...(settings?.accessLogs ?? [])].map((log) => log.target);
  const folders = [...new Set(logs.filter((target) => target.startsWith('/')).map((target) => dirname(target)))];
  const mounts = await host.readText(`${process}/mounts`).then(mountPoints, () => ['/']);
  const disks = new Map<string, SystemData['disks'][number]>();
  for (const folder of folders) {
    const path = mounts.find((mount) => mount === '/' || folder === mount || folder.startsWith(`${mount}/`)) ?? '/';
    if (disks.has(path) || path === '/dev') continue;
    const space = await host.space(`${process}/root${folder}`).catch(() => host.space(folder).catch(() => null));
    if (space !== null) disks.set(path, { path, ...space });
  }
  return [...disks.values()];
}

/** Deepest first. */
function mountPoints(text: string): string[] {
  const points = text.split('\n').map((line) => line.split(' ')[1] ?? '/');
  return points.sort((a, b) => b.length - a.length);
}
