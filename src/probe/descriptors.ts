/** Open files of one process: how many, what they are, and how many it may have. */
import type { Host } from './host.ts';

/**
 * How many files are open. Since Linux 6.2 `stat` of the folder says so at once (f1f1f2569901); older kernels say 0,
 * there the folder is listed.
 */
export async function descriptorCount(host: Host, pid: number): Promise<number> {
  const { sizeBytes } = await host.stat(`/proc/${pid}/fd`);
  return sizeBytes > 0 ? sizeBytes : (await host.list(`/proc/${pid}/fd`)).length;
}

export interface Descriptors {
  /** All that are open. */
  readonly total: number;
  /** How many of them were looked at: all, or an even sample. */
  readonly looked: number;
  /** Inodes of the sockets among those. */
  readonly socketInodes: readonly number[];
}

/** Looks at every descriptor, or at `limit` of them spread evenly when there are more. */
export async function lookAtDescriptors(host: Host, pid: number, limit: number): Promise<Descriptors> {
  const names = await host.list(`/proc/${pid}/fd`);
  const step = Math.max(1, names.length / limit);
  const chosen: string[] = [];
  for (let index = 0; index < names.length; index += step) chosen.push(`/proc/${pid}/fd/${names[Math.floor(index)]}`);
  const socketInodes: number[] = [];
  for (const target of await host.links(chosen)) {
    if (target?.startsWith('socket:[')) socketInodes.push(Number(target.slice(8, -1)));
  }
  return { total: names.length, looked: chosen.length, socketInodes };
}

/** Soft and hard RLIMIT_NOFILE from /proc/PID/limits; null = unlimited. Undefined when there is no such line. */
export function parseOpenFilesLimit(text: string): { soft: number | null; hard: number | null } | undefined {
  const found = /^Max open files\s+(\S+)\s+(\S+)/m.exec(text);
  if (found === null) return undefined;
  const [soft = null, hard = null] = found.slice(1).map((word) => (word === 'unlimited' ? null : Number(word)));
  return { soft, hard };
}
