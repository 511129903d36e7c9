/** Which of several nginx is watched: the one an override names, else the one a pid file names, else the oldest. */
import type { NotObservable } from '../core/diagnosis.ts';
import type { NginxConfig } from './config.ts';
import type { DiscoveryHost } from './host.ts';
import type { Master } from './masters.ts';
import { noNginx, pidFileWrong, processesElsewhere, processesHidden } from './sentences.ts';

export interface Choice {
  readonly master: Master | null;
  /** The pid file that named it; null when it was found otherwise. */
  readonly pidFile: string | null;
  readonly notes: readonly string[];
  readonly notObservable: readonly NotObservable[];
  /** True when none was found and processes of others cannot be seen: that is no sign that none runs. */
  readonly hidden?: boolean;
}

const PID_FILES = ['/run/nginx.pid', '/var/run/nginx.pid', '/usr/local/nginx/logs/nginx.pid'];

function pidIn(host: DiscoveryHost, path: string): { readonly pid: number } | { readonly failure: string } {
  const found = host.read(path);
  if ('failure' in found) return found;
  const pid = Number(found.text.trim());
  return Number.isInteger(pid) && pid > 0 ? { pid } : { failure: 'holds no process id' };
}

/** A master as a person recognises it. */
function describe({ pid, options, root }: Master): string {
  const words = [
    options.config === null ? '' : `-c ${options.config}`,
    options.prefix === null ? '' : `-p ${options.prefix}`,
  ];
  return [`pid ${pid}`, ...words, root === '' ? '' : 'in a container'].filter((word) => word !== '').join(' ');
}

function several(masters: readonly Master[], taken: Master, why: string): string {
  const list = masters.map(describe).join('; ');
  return (
    `${masters.length} nginx masters run (${list}). Watching pid ${taken.pid}, ${why}. ` +
    'To watch another, set nginx.pidFile or nginx.config in gapwatch.yml.'
  );
}

function byPidFile(host: DiscoveryHost, masters: readonly Master[], path: string): Choice {
  const named = pidIn(host, path);
  const master = 'pid' in named ? masters.find(({ pid }) => pid === named.pid) : undefined;
  if (master !== undefined) return { master, pidFile: path, notes: [], notObservable: [] };
  const because = 'pid' in named ? `process ${named.pid} is not a running nginx master` : named.failure;
  const hidden = whyHidden(host);
  const notObservable = [hidden ?? pidFileWrong(path, because)];
  return { master: null, pidFile: null, notes: [], notObservable, hidden: hidden !== null };
}

/** Started with `-c` naming that file; one started without `-c` may have it as its built-in path. */
function byConfig(masters: readonly Master[], config: string): readonly Master[] {
  const exact = masters.filter(({ options: { config: own, prefix } }) => {
    if (own === null || own.startsWith('/')) return own === config;
    return prefix === null ? config.endsWith(`/${own}`) : `${prefix.replace(/\/$/, '')}/${own}` === config;
  });
  return exact.length > 0 ? exact : masters.filter(({ options }) => options.config === null);
}

/** The first PID namespace of a machine always has this number (include/linux/proc_ns.h PROC_PID_INIT_INO). */
const INITIAL_PIDS = 'pid:[4026531836]';

/** Why an nginx may run although none is found; null when it would be seen. */
function whyHidden(host: DiscoveryHost): NotObservable | null {
  if (hidesOthers(host)) return processesHidden();
  const pids = host.link('/proc/self/ns/pid');
  return pids !== null && pids !== INITIAL_PIDS ? processesElsewhere() : null;
}

function nothingFound(host: DiscoveryHost): Choice {
  const hidden = whyHidden(host);
  const notObservable = [hidden ?? noNginx(PID_FILES)];
  return { master: null, pidFile: null, notes: [], notObservable, hidden: hidden !== null };
}

/** hidepid=1 keeps the files of other users' processes from us, hidepid=2 the processes themselves. */
function hidesOthers(host: DiscoveryHost): boolean {
  if ('failure' in host.read('/proc/1/cmdline')) return true;
  if (host.uid === 0) return false;
  const mounts = host.read('/proc/self/mountinfo');
  const ofProc = 'text' in mounts ? mounts.text.split('\n').filter((line) => line.includes(' - proc ')) : [];
  const own = host.read('/proc/1/status');
  const ours = 'text' in own && new RegExp(`^Uid:\\s+\\d+\\s+${host.uid}\\s`, 'm').test(own.text);
  return ours && ofProc.some((line) => /hidepid=(?!0|off)/.test(line));
}

export function chooseMaster(host: DiscoveryHost, all: readonly Master[], overrides: NginxConfig): Choice {
  if (overrides.pidFile !== undefined) return byPidFile(host, all, overrides.pidFile);
  const masters = overrides.config === undefined ? all : byConfig(all, overrides.config);
  const [oldest] = masters;
  if (oldest === undefined) return nothingFound(host);
  // Only pid files of our own file system: one inside a container counts processes of its own.
  const here = masters.filter(({ root }) => root === '');
  for (const path of PID_FILES) {
    const named = pidIn(host, path);
    const master = 'pid' in named ? here.find(({ pid }) => pid === named.pid) : undefined;
    if (master === undefined) continue;
    const notes = masters.length > 1 ? [several(masters, master, `because ${path} names it`)] : [];
    return { master, pidFile: path, notes, notObservable: [] };
  }
  const master = here[0] ?? oldest;
  const why = here.length > 0 && here.length < masters.length ? 'the oldest outside containers' : 'the oldest';
  return { master, pidFile: null, notes: masters.length > 1 ? [several(masters, master, why)] : [], notObservable: [] };
}
