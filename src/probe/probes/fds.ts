/** The probe of open files: the master and each of its children, with the limit of that process (not the shell's). */
import { type FdsData, type FdUse, sample } from '../../core/samples/fds.ts';
import { createProbe, type Look, noMaster } from '../create-probe.ts';
import { descriptorCount, parseOpenFilesLimit } from '../descriptors.ts';
import { type Failure, failureOf } from '../failure.ts';
import type { Host } from '../host.ts';
import type { MakeProbe, Probe, ProbeTarget } from '../probe.ts';
import { nginxProcesses } from '../process-table.ts';

export const probe: MakeProbe<'fds'> = { sample, create: createFdsProbe };

function createFdsProbe(host: Host): Probe<'fds'> {
  async function look(target: ProbeTarget): Promise<Look<FdsData>> {
    const { masterPid } = target;
    if (masterPid === null) return noMaster(target);
    const [children, fileNr] = await Promise.all([nginxProcesses(host, masterPid), readFileNr(host)]);
    const seen = await Promise.all(children.map((child) => fdUse(host, child.pid)));
    const workers = seen.filter((use) => 'pid' in use);
    const refused = seen.find((use): use is Failure => 'reason' in use);
    if (workers.length === 0 && refused !== undefined) return { ok: false, ...refused };
    const master = await fdUse(host, masterPid);
    return { ok: true, data: { workers, master: 'pid' in master ? master : null, ...fileNr } };
  }
  return createProbe(sample, host, { look });
}

async function fdUse(host: Host, pid: number): Promise<FdUse | Failure> {
  try {
    const [used, limits] = await Promise.all([descriptorCount(host, pid), host.readText(`/proc/${pid}/limits`)]);
    return { pid, used, ...(parseOpenFilesLimit(limits) ?? { soft: null, hard: null }) };
  } catch (error) {
    return failureOf(error);
  }
}

/** /proc/sys/fs/file-nr: allocated, free (always 0), maximum. */
async function readFileNr(host: Host): Promise<Pick<FdsData, 'systemUsed' | 'systemMax'>> {
  try {
    const [systemUsed = null, , systemMax = null] = (await host.readText('/proc/sys/fs/file-nr'))
      .split(/\s+/)
      .map(Number);
    return { systemUsed, systemMax };
  } catch {
    return { systemUsed: null, systemMax: null };
  }
}
