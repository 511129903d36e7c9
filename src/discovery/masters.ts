/**
 * Finds every nginx master of this machine in /proc. Any user may start any number of processes with any title, so reads
 * are bounded and yield to the event loop. A process that ends or is replaced while it is read is skipped.
 */
import { resolve } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type DiscoveryHost, isDenied, isGone, type TextOrFailure } from './host.ts';
import { readMasterTitle, type StartOptions } from './master-title.ts';

export interface Master {
  readonly pid: number;
  /** Pid of the parent: a master started by a binary upgrade has the old master for a parent. */
  readonly parentPid: number;
  /** Ticks after boot. */
  readonly startTicks: number;
  /** Its user; null when unreadable, or when real, effective and saved user differ (a set-user-ID program). */
  readonly uid: number | null;
  /** Absolute path in its own file system; null when unknown. */
  readonly binary: string | null;
  /** The file the process runs is no longer at that path. */
  readonly binaryGone: boolean;
  /** Paths as options name them made absolute against its working directory. */
  readonly options: StartOptions;
  readonly cwd: string;
  /** `/proc/PID/root` when its root is not ours (a container, PrivateTmp=, chroot), else the empty string. */
  readonly root: string;
  readonly ownNetwork: boolean;
  /** It lives in a user namespace that is not ours, which any user may make. */
  readonly ownUsers: boolean;
  /** It lives in a PID namespace below ours, as the processes of a container do and those of a service do not. */
  readonly ownPids: boolean;
  /** False when its namespaces may not be read; they count as ours then. */
  readonly namespacesTold: boolean;
}

/** nginx's options are shorter; what follows in a longer title is not read. */
const TITLE_BYTES = 16 * 1024;
/** nginx that starts takes its title after its command line: what changes more often is no nginx. */
const TITLE_TRIES = 3;
/** How long a run of system calls may keep the event loop. */
const SLICE_MS = 8;

const USUAL_FOLDERS = [
  '/usr/sbin',
  '/usr/local/sbin',
  '/usr/local/nginx/sbin',
  '/usr/local/openresty/nginx/sbin',
  '/usr/bin',
];

export function usualBinary(host: DiscoveryHost, command = 'nginx', root = ''): string | null {
  return USUAL_FOLDERS.map((folder) => `${folder}/${command}`).find((path) => host.can(root + path, 'execute')) ?? null;
}

export interface Masters {
  /** Oldest first. */
  readonly masters: readonly Master[];
  /** Why it could not be seen what a process is (no descriptor left, an I/O error), by pid; 0 means all. */
  readonly unseen: ReadonlyMap<number, string>;
  /** True when the right to see what some processes are is missing. */
  readonly denied: boolean;
}

/** Why a process that could not be seen may be the nginx that is looked for; null when it cannot be. */
export function blindness({ unseen }: Masters, chosen: Master | null, watched: number | null): string | null {
  const missed = unseen.get(0) ?? (watched === null ? undefined : unseen.get(watched));
  return missed ?? (chosen === null ? ([...unseen.values()][0] ?? null) : null);
}

export async function findMasters(host: DiscoveryHost): Promise<Masters> {
  const found: Master[] = [];
  const unseen = new Map<number, string>();
  let denied = false;
  const listed = host.list('/proc');
  if ('failure' in listed) unseen.set(0, `/proc: ${listed.failure}`);
  const own = namespacesOf(host, 'self');
  let sliceEnd = performance.now() + SLICE_MS;
  for (const name of 'names' in listed ? listed.names : []) {
    if (!/^\d+$/.test(name)) continue;
    const seen = masterOf(host, Number(name), own);
    if (seen !== null && !('failure' in seen)) found.push(seen);
    else if (seen !== null && isDenied(seen)) denied = true;
    else if (seen !== null) unseen.set(Number(name), `/proc/${name}: ${seen.failure}`);
    if (performance.now() < sliceEnd) continue;
    await nextTurn();
    sliceEnd = performance.now() + SLICE_MS;
  }
  return { masters: withoutForks(host, found), unseen, denied };
}

/** In single-process mode, and while it starts, nginx forks children that carry the same command line. */
function withoutForks(host: DiscoveryHost, found: readonly Master[]): readonly Master[] {
  const pids = new Set(found.map((master) => master.pid));
  const isTitled = (pid: number): boolean => {
    const title = titleOf(host, pid);
    return 'text' in title && title.text.startsWith('nginx: master process');
  };
  const masters = found.filter((one) => !pids.has(one.parentPid) || isTitled(one.pid));
  return masters.sort((a, b) => a.startTicks - b.startTicks || a.pid - b.pid);
}

const titleOf = (host: DiscoveryHost, pid: number): TextOrFailure => host.head(`/proc/${pid}/cmdline`, TITLE_BYTES);

/** Null for a process that is no master, or that was not the same one all the while. */
function masterOf(host: DiscoveryHost, pid: number, own: Namespaces): Master | { readonly failure: string } | null {
  let title = titleOf(host, pid);
  for (let tries = 0; tries < TITLE_TRIES; tries++) {
    if ('failure' in title) return isGone(title) ? null : title;
    const options = readMasterTitle(title.text);
    if (options === null) return null;
    const seen = describe(host, pid, options, own);
    // A process that ends loses its memory, and so its title, before its namespaces: what was read until now is one's own.
    const again = titleOf(host, pid);
    if ('text' in again && again.text === title.text) return seen;
    title = again;
  }
  return null;
}

/** Names of namespaces; null for one that may not be read (another user's). */
interface Namespaces {
  readonly mnt: string | null;
  readonly net: string | null;
  readonly user: string | null;
}

function namespacesOf(host: DiscoveryHost, pid: number | 'self'): Namespaces {
  const link = (name: string): string | null => host.link(`/proc/${pid}/ns/${name}`);
  return { mnt: link('mnt'), net: link('net'), user: link('user') };
}

/** Fields of /proc/PID/stat from the state on; proc(5) counts the state as field 3. */
const fieldsOf = (stat: string): readonly string[] => stat.slice(stat.lastIndexOf(')') + 2).split(' ');
const START_TIME = 19;

/** True when that process is gone, also when another one has its pid by now; false when that cannot be read. */
export function hasEnded(
  host: DiscoveryHost,
  nginx: { readonly masterPid: number; readonly startTicks: number },
): boolean {
  const stat = host.read(`/proc/${nginx.masterPid}/stat`);
  if ('failure' in stat) return isGone(stat);
  return Number(fieldsOf(stat.text)[START_TIME]) !== nginx.startTicks;
}

function describe(
  host: DiscoveryHost,
  pid: number,
  options: StartOptions,
  own: Namespaces,
): Master | { readonly failure: string } | null {
  const stat = host.read(`/proc/${pid}/stat`);
  if ('failure' in stat) return isGone(stat) ? null : stat;
  const fields = fieldsOf(stat.text);
  if (fields[0] === 'Z') return null;
  const found = host.read(`/proc/${pid}/status`);
  const status = 'text' in found ? found.text : '';
  const { mnt, net, user } = namespacesOf(host, pid);
  const rootPath = host.link(`/proc/${pid}/root`) ?? '/';
  const root = rootPath === '/' && (mnt === null || mnt === own.mnt) ? '' : `/proc/${pid}/root`;
  const cwd = host.link(`/proc/${pid}/cwd`) ?? '/';
  const exe = host.link(`/proc/${pid}/exe`);
  const absolute = (path: string | null): string | null => (path === null ? null : resolve(cwd, path));
  return {
    pid,
    parentPid: Number(fields[1]),
    startTicks: Number(fields[START_TIME]),
    uid: userOf(status),
    binary: exe?.replace(/ \(deleted\)$/, '') ?? binaryOf(host, options.command, cwd, root),
    binaryGone: exe?.endsWith(' (deleted)') ?? false,
    // -c and -e are relative to the prefix, which only nginx itself or its -V knows.
    options: { ...options, prefix: absolute(options.prefix) },
    cwd,
    root,
    ownNetwork: net !== null && net !== own.net,
    ownUsers: user !== null && user !== own.user,
    // proc(5): its pid in each PID namespace, ours first.
    ownPids: /^NSpid:\s+\d+\s+\d/m.test(status),
    namespacesTold: mnt !== null && user !== null,
  };
}

function userOf(status: string): number | null {
  const [, first, ...others] = /^Uid:\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)/m.exec(status) ?? [];
  return first === undefined || others.some((other) => other !== first) ? null : Number(first);
}

function binaryOf(host: DiscoveryHost, command: string, cwd: string, root: string): string | null {
  return command.includes('/') ? resolve(cwd, command) : usualBinary(host, command, root);
}
