/** Reads the open files of one process: their number, their kinds, and the limit. */
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
  /** Inodes of the sockets among an even sample of the others; each counts as `spreadWeight` descriptors. */
  readonly spreadInodes: readonly number[];
  readonly spreadWeight: number;
}

/** Descriptors opened before the first connection are looked at in any case. */
const HEAD = 128;
/** More names than this many times those wanted are not listed: each costs the kernel as much as a third of a probe. */
const LISTED_TIMES = 4;
/** Below this the table is mostly holes, and guessed numbers cost more than the names. */
const MIN_HIT_RATIO = 0.25;
/** Shifts each sampled descriptor within its stretch, so that no step of an even sample falls on clients alone (golden ratio). */
const SHIFT = 0.618_034;

export interface Wanted {
  /** How many are open (descriptorCount). */
  readonly total: number;
  /** How many to look at. */
  readonly limit: number;
}

/** Looks at every descriptor, or at about `limit` of them when there are more. */
export async function lookAtDescriptors(host: Host, pid: number, wanted: Wanted): Promise<Descriptors> {
  const guessed = wanted.total > wanted.limit * LISTED_TIMES ? await lookAtGuessed(host, pid, wanted) : null;
  return guessed ?? lookAtListed(host, pid, wanted.limit);
}

async function lookAtListed(host: Host, pid: number, limit: number): Promise<Descriptors> {
  const names = await host.list(`/proc/${pid}/fd`);
  const complete = names.length <= limit;
  const first = complete ? names : names.slice(0, HEAD);
  const rest = complete ? [] : evenly(names.length - HEAD, limit - HEAD).map((index) => names[HEAD + index] ?? '');
  const [head, spread] = [await openOf(host, pid, first), await openOf(host, pid, rest)];
  return described(names.length, complete, head, spread);
}

/** Descriptors are small numbers below FDSize (fs/proc/array.c task_state); null when too few of them are open. */
async function lookAtGuessed(host: Host, pid: number, { total, limit }: Wanted): Promise<Descriptors | null> {
  const size = Number(/^FDSize:\s+(\d+)/m.exec(await host.readText(`/proc/${pid}/status`))?.[1] ?? 0);
  const guesses = evenly(size - HEAD, limit - HEAD).map((number) => HEAD + number);
  const spread = await openOf(host, pid, guesses);
  if (spread.count < guesses.length * MIN_HIT_RATIO || spread.count === 0) return null;
  return described(total, false, await openOf(host, pid, [...Array(HEAD).keys()]), spread);
}

/** About `count` different numbers from 0 to below `range`, one from each of as many equal stretches. */
function evenly(range: number, count: number): number[] {
  const picked = Math.max(0, Math.min(range, Math.max(1, count)));
  return Array.from({ length: picked }, (_, index) =>
    Math.floor(((index + (picked === range ? 0 : (index * SHIFT) % 1)) * range) / picked),
  );
}

interface Open {
  readonly count: number;
  readonly socketInodes: readonly number[];
}

function described(total: number, complete: boolean, head: Open, spread: Open): Descriptors {
  return {
    total,
    complete,
    socketInodes: head.socketInodes,
    spreadInodes: spread.socketInodes,
    spreadWeight: spread.count === 0 ? 0 : (total - head.count) / spread.count,
  };
}

async function openOf(host: Host, pid: number, names: readonly (string | number)[]): Promise<Open> {
  const socketInodes: number[] = [];
  let count = 0;
  for (const target of await host.links(names.map((name) => `/proc/${pid}/fd/${name}`))) {
    if (target === null) continue;
    count += 1;
    if (target.startsWith('socket:[')) socketInodes.push(Number(target.slice(8, -1)));
  }
  return { count, socketInodes };
}

/** Soft and hard RLIMIT_NOFILE from /proc/PID/limits; null = unlimited. Undefined when there is no such line. */
export function parseOpenFilesLimit(text: string): { soft: number | null; hard: number | null } | undefined {
  const found = /^Max open files\s+(\S+)\s+(\S+)/m.exec(text);
  if (found === null) return undefined;
  const [soft = null, hard = null] = found.slice(1).map((word) => (word === 'unlimited' ? null : Number(word)));
  return { soft, hard };
}
