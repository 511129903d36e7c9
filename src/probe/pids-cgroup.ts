/** Reads the number of processes in the master's cgroup and its limit (cgroup v2, else the v1 pids controller). */
import type { SystemData } from '../core/samples/system.ts';
import type { Host } from './host.ts';

export type PidsCgroup = Pick<SystemData, 'pidsCurrent' | 'pidsMax'>;

/** `process` is `/proc/PID`. Both null when no pids controller covers it. `pidsMax` null alone = no limit. */
export async function readPidsCgroup(host: Host, process: string): Promise<PidsCgroup> {
  const lines = await host.readText(`${process}/cgroup`).then(
    (text) => text.split('\n'),
    () => [],
  );
  for (const folder of lines.flatMap(pidsFolder)) {
    const current = await host.readText(`${folder}/pids.current`).catch(() => null);
    const max = await host.readText(`${folder}/pids.max`).catch(() => null);
    if (current === null) continue;
    return { pidsCurrent: Number(current), pidsMax: max === null || max.trim() === 'max' ? null : Number(max) };
  }
  return { pidsCurrent: null, pidsMax: null };
}

function pidsFolder(line: string): string[] {
  const [hierarchy, controllers, path] = line.split(':');
  if (path === undefined) return [];
  if (hierarchy === '0') return [`/sys/fs/cgroup${path}`];
  return controllers?.split(',').includes('pids') === true ? [`/sys/fs/cgroup/pids${path}`] : [];
}
