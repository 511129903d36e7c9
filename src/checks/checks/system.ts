/**
 * Checks what the host has left: memory, load, disks of the logs, process numbers, and the sysctls that limit nginx.
 */

import type { Evidence } from '../../core/evidence.ts';
import { bytes, percent, plural } from '../../core/format.ts';
import type { CheckResult } from '../../core/report.ts';
import type { SystemData } from '../../core/samples/system.ts';
import { quoted } from '../../core/shell.ts';
import { answer, type Check, couldNotLook } from '../answer.ts';
import { newest } from '../look.ts';
import { SCARCE_RATIO } from '../thresholds.ts';

export const check: Check = {
  id: 'system',
  place: 150,
  does: 'memory, load, disks, process limits',
  judge: checkSystem,
};

function checkSystem(evidence: Evidence): CheckResult {
  const seen = newest(evidence, 'system');
  if (!seen.ok) {
    const parts = { what: 'The host', remedy: 'Run gapwatch where /proc is mounted', equivalent: equivalentOf([]) };
    return couldNotLook('system', evidence, seen, parts);
  }
  const { data } = seen;
  const scarce = [memoryText(data), processText(data), ...data.disks.map(diskText)].filter((text) => text !== null);
  return answer('system', evidence, {
    status: scarce.length > 0 ? 'warning' : 'ok',
    text: [
      ...scarce,
      `${plural(data.cpus, 'CPU')}${data.loadAverage1m === null ? '' : `, load ${data.loadAverage1m}`}` +
        `${data.memoryAvailableBytes === null ? '' : `, ${bytes(data.memoryAvailableBytes)} of memory available`}.`,
    ],
    values: {
      cpus: data.cpus,
      loadAverage1m: data.loadAverage1m,
      memoryTotalBytes: data.memoryTotalBytes,
      memoryAvailableBytes: data.memoryAvailableBytes,
      somaxconn: data.somaxconn,
      ephemeralPortFirst: data.ephemeralPortFirst,
      ephemeralPortLast: data.ephemeralPortLast,
      tcpTwReuse: data.tcpTwReuse,
      tcpMaxSynBacklog: data.tcpMaxSynBacklog,
      pidsCurrent: data.pidsCurrent,
      pidsMax: data.pidsMax,
      disks: data.disks,
    },
    equivalent: equivalentOf(data.disks.map(({ path }) => path)),
    basis: [seen],
  });
}

function memoryText({ memoryTotalBytes, memoryAvailableBytes }: SystemData): string | null {
  if (memoryTotalBytes === null || memoryAvailableBytes === null) return null;
  const free = memoryAvailableBytes / memoryTotalBytes;
  return free >= SCARCE_RATIO ? null : `Only ${bytes(memoryAvailableBytes)} of memory (${percent(free)}) are left.`;
}

function processText({ pidsCurrent, pidsMax }: SystemData): string | null {
  if (pidsCurrent === null || pidsMax === null || 1 - pidsCurrent / pidsMax >= SCARCE_RATIO) return null;
  return `nginx's cgroup has ${pidsCurrent} of ${pidsMax} processes: no new worker may start.`;
}

function diskText({ path, freeBytes, totalBytes }: SystemData['disks'][number]): string | null {
  const free = totalBytes === 0 ? 1 : freeBytes / totalBytes;
  return free >= SCARCE_RATIO ? null : `The disk of ${path} has ${bytes(freeBytes)} (${percent(free)}) left.`;
}

function equivalentOf(disks: readonly string[]): string {
  const df = disks.length === 0 ? '' : `; df -h ${disks.map(quoted).join(' ')}`;
  return `nproc; cat /proc/loadavg; free -m; sysctl net.core.somaxconn net.ipv4.ip_local_port_range net.ipv4.tcp_tw_reuse${df}`;
}
