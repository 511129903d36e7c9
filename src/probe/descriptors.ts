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
  /** True when every one was looked at; then `spreadInodes` is empty. */
  readonly complete: boolean;
  /** Inodes of the sockets among those looked at one by one: all, or the lowest (listeners and channels are there). */
  readonly socketInodes: readonly number[];
  /** Inodes of the sockets among an even sample of the others; each stands for `spreadWeight` descriptors. */
  readonly spreadInodes: readonly number[];
  readonly spreadWeight: number;
}

/** Descriptors opened before the first connection are looked at in any case. */
const HEAD = 128;

/** Looks at every descriptor, or at about `limit` of them when there are more. */
export async function lookAtDescriptors(host: Host, pid: number, limit: number): Promise<Descriptors> {
  const folder = `/proc/${pid}/fd`;
  const names = await host.list(folder);
  const complete = names.length <= limit;
  const head = complete ? names : names.slice(0, HEAD);
  const others = names.length - head.length;
  const spreadCount = Math.min(others, Math.max(1, limit - HEAD));
  const spread = Array.from({ length: spreadCount }, (_, index) => {
    return names[HEAD + Math.floor((index * others) / spreadCount)] ?? '';
  });
  return {
    total: names.length,
    complete,
    socketInodes: await socketInodes(host, folder, head),
    spreadInodes: await socketInodes(host, folder, spread),
    spreadWeight: spreadCount === 0 ? 0 : others / spreadCount,
  };
}

async function socketInodes(host: Host, folder: string, names: readonly string[]): Promise<number[]> {
  const inodes: number[] = [];
  for (const target of await host.links(names.map((name) => `${folder}/${name}`))) {
    if (target?.startsWith('socket:[') === true) inodes.push(Number(target.slice(8, -1)));
  }
  return inodes;
}

/** Soft and hard RLIMIT_NOFILE from /proc/PID/limits; null = unlimited. Undefined when there is no such line. */
export function parseOpenFilesLimit(text: string): { soft: number | null; hard: number | null } | undefined {
  const found = /^Max open files\s+(\S+)\s+(\S+)/m.exec(text);
  if (found === null) return undefined;
  const [soft = null, hard = null] = found.slice(1).map((word) => (word === 'unlimited' ? null : Number(word)));
  return { soft, hard };
}
