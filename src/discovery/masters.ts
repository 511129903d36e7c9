/** Every nginx master on this machine, as /proc shows them. */
import { resolve } from 'node:path';
import { type DiscoveryHost, isDenied, isGone } from './host.ts';
import { readMasterTitle, type StartOptions } from './master-title.ts';

export interface Master {
  readonly pid: number;
  /** Pid of the parent: a master started by a binary upgrade has the old master for a parent. */
  readonly parentPid: number;
  /** Ticks after boot. */
  readonly startTicks: number;
  /** Its user; null when unreadable, or when real, effective and saved user differ (a set-user-ID program). */
  readonly uid: number | null;
  /** Absolute path in its own file system; null when it cannot be told. */
  readonly binary: string | null;
  /** The file the process runs is no longer at that path. */
  readonly binaryGone: boolean;
  /** Paths as options name them made absolute against its working directory. */
  readonly options: StartOptions;
  readonly cwd: string;
  /** `/proc/PID/root` when it lives in another mount namespace (a container), else the empty string. */
  readonly root: string;
  readonly ownNetwork: boolean;
  /** It lives in a user namespace that is not ours, which any user may make. */
  readonly ownUsers: boolean;
}

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
  /** Why it could not be seen what a process is (no descriptor left, an I/O error), by pid; 0 stands for all. */
  readonly unseen: ReadonlyMap<number, string>;
  /** True when the right to see what some processes are is missing. */
  readonly denied: boolean;
}

/** Why a process that could not be seen may be the nginx that is looked for; null when it cannot be. */
export function blindness({ unseen }: Masters, chosen: Master | null, watched: number | null): string | null {
  const missed = unseen.get(0) ?? (watched === null ? undefined : unseen.get(watched));
  return missed ?? (chosen === null ? ([...unseen.values()][0] ?? null) : null);
}

export function findMasters(host: DiscoveryHost): Masters {
  const found: Master[] = [];
  const unseen = new Map<number, string>();
  let denied = false;
  const listed = host.list('/proc');
  if ('failure' in listed) unseen.set(0, `/proc: ${listed.failure}`);
  for (const name of 'names' in listed ? listed.names : []) {
    if (!/^\d+$/.test(name)) continue;
    const seen = masterOf(host, Number(name));
    if (seen === null) continue;
    if (!('failure' in seen)) found.push(seen);
    else if (isDenied(seen)) denied = true;
    else unseen.set(Number(name), `/proc/${name}: ${seen.failure}`);
  }
  const pids = new Set(found.map((master) => master.pid));
  // In single-process mode, and while it starts, nginx forks children that carry the same command line.
  const isFork = (one: Master): boolean =>
    pids.has(one.parentPid) && !title(host, one.pid).startsWith('nginx: master process');
  const masters = found.filter((one) => !isFork(one));
  return { masters: masters.sort((a, b) => a.startTicks - b.startTicks || a.pid - b.pid), unseen, denied };
}

/** Null for a process that is no master or has ended. */
function masterOf(host: DiscoveryHost, pid: number): Master | { readonly failure: string } | null {
  const cmdline = host.read(`/proc/${pid}/cmdline`);
  if ('failure' in cmdline) return isGone(cmdline) ? null : cmdline;
  const options = readMasterTitle(cmdline.text);
  return options === null ? null : describe(host, pid, options);
}

function title(host: DiscoveryHost, pid: number): string {
  const cmdline = host.read(`/proc/${pid}/cmdline`);
  return 'text' in cmdline ? cmdline.text : '';
}

/** Whether a process shares that namespace with us; unreadable (another user's) counts as shared. */
function shares(host: DiscoveryHost, pid: number, namespace: 'mnt' | 'net' | 'user'): boolean {
  const theirs = host.link(`/proc/${pid}/ns/${namespace}`);
  return theirs === null || theirs === host.link(`/proc/self/ns/${namespace}`);
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
): Master | { readonly failure: string } | null {
  const stat = host.read(`/proc/${pid}/stat`);
  if ('failure' in stat) return isGone(stat) ? null : stat;
  const fields = fieldsOf(stat.text);
  if (fields[0] === 'Z') return null;
  const status = host.read(`/proc/${pid}/status`);
  const cwd = host.link(`/proc/${pid}/cwd`) ?? '/';
  const root = shares(host, pid, 'mnt') ? '' : `/proc/${pid}/root`;
  const exe = host.link(`/proc/${pid}/exe`);
  const absolute = (path: string | null): string | null => (path === null ? null : resolve(cwd, path));
  return {
    pid,
    parentPid: Number(fields[1]),
    startTicks: Number(fields[START_TIME]),
    uid: userOf('text' in status ? status.text : ''),
    binary: exe?.replace(/ \(deleted\)$/, '') ?? binaryOf(host, options.command, cwd, root),
    binaryGone: exe?.endsWith(' (deleted)') ?? false,
    // -c and -e are relative to the prefix, which only nginx itself or its -V knows.
    options: { ...options, prefix: absolute(options.prefix) },
    cwd,
    root,
    ownNetwork: !shares(host, pid, 'net'),
    ownUsers: !shares(host, pid, 'user'),
  };
}

function userOf(status: string): number | null {
  const [, first, ...others] = /^Uid:\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)/m.exec(status) ?? [];
  return first === undefined || others.some((other) => other !== first) ? null : Number(first);
}

function binaryOf(host: DiscoveryHost, command: string, cwd: string, root: string): string | null {
  return command.includes('/') ? resolve(cwd, command) : usualBinary(host, command, root);
}
