/**
 * Chooses one of several nginx: the one that the config names, else the one of a pid file, else the oldest, outside
 * containers first. A process that any user could have titled like a master is reported and never chosen automatically.
 */
import type { NotObservable } from '../core/diagnosis.ts';
import type { NginxConfig } from './config.ts';
import type { DiscoveryHost } from './host.ts';
import type { Master } from './masters.ts';
import { noNginx, pidFileWrong, processesElsewhere, processesHidden, processesUnjudged } from './sentences.ts';
import {
  mayBeNamedByConfig,
  mayBeNamedByPidFile,
  maySucceed,
  type Trust,
  trustOfMaster,
  type Watched,
} from './trust.ts';

export interface Choice {
  readonly master: Master | null;
  /** How far the chosen master is trusted, and why; null when there is none. */
  readonly trust: Trust | null;
  /** The pid file that named it; null when it was found otherwise. */
  readonly pidFile: string | null;
  readonly notes: readonly string[];
  readonly notObservable: readonly NotObservable[];
  /** True when none was found and processes of others cannot be seen: that is no sign that none runs. */
  readonly hidden?: boolean;
}

interface Judged {
  readonly master: Master;
  readonly trust: Trust;
}

const watchedAs = ({ master: { uid }, trust: { standing } }: Judged): Watched => ({ standing, uid });

const PID_FILES = ['/run/nginx.pid', '/var/run/nginx.pid', '/usr/local/nginx/logs/nginx.pid'];
/** Any user can start any number of them. */
const MOST_STRANGERS = 3;

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

function several(masters: readonly Judged[], taken: Master, why: string): string {
  const list = masters.map(({ master }) => describe(master)).join('; ');
  return (
    `${masters.length} nginx masters run (${list}). Watching pid ${taken.pid}, ${why}. ` +
    'To watch another, set nginx.pidFile or nginx.config in gapwatch.yml.'
  );
}

function strangersNote(strangers: readonly Judged[]): readonly string[] {
  if (strangers.length === 0) return [];
  const named = strangers.slice(0, MOST_STRANGERS).map(({ master, trust }) => `pid ${master.pid}: ${trust.reason}`);
  const more = strangers.length > named.length ? `; and ${strangers.length - named.length} more` : '';
  return [
    `Not watched, although titled like an nginx master (${named.join('; ')}${more}). ` +
      'If one is yours, name its pid file as nginx.pidFile in gapwatch.yml.',
  ];
}

const chosen = ({ master, trust }: Judged, rest: Partial<Choice> = {}): Choice => ({
  master,
  trust,
  pidFile: null,
  notes: [],
  notObservable: [],
  ...rest,
});

const nothing = (rest: Partial<Choice>): Choice => ({
  master: null,
  trust: null,
  pidFile: null,
  notes: [],
  notObservable: [],
  ...rest,
});

function byPidFile(host: DiscoveryHost, all: readonly Judged[], path: string, seen: Watched | null): Choice {
  const named = pidIn(host, path);
  const blind = (because: string): Choice => {
    const hidden = whyHidden(host);
    return nothing({ notObservable: [hidden ?? pidFileWrong(path, because)], hidden: hidden !== null });
  };
  if ('failure' in named) return blind(named.failure);
  const found = all.find(({ master }) => master.pid === named.pid);
  if (found === undefined) return blind(`process ${named.pid} is not a running nginx master`);
  const { master, trust } = found;
  const isNamed = trust.standing !== 'stranger' || mayBeNamedByPidFile(host, path, master);
  if (isNamed && maySucceed(seen, watchedAs(found))) return chosen(found, { pidFile: path });
  return nothing({ notObservable: [pidFileWrong(path, `process ${named.pid} is not trusted: ${trust.reason}`)] });
}

/** Started with `-c` naming that file; one started without `-c` may have it as its built-in path. */
function byConfig(masters: readonly Judged[], config: string): readonly Judged[] {
  const exact = masters.filter(({ master }) => {
    const { config: own, prefix } = master.options;
    if (own === null || own.startsWith('/')) return own === config;
    return prefix === null ? config.endsWith(`/${own}`) : `${prefix.replace(/\/$/, '')}/${own}` === config;
  });
  return exact.length > 0 ? exact : masters.filter(({ master }) => master.options.config === null);
}

/** The first PID namespace of a machine always has this number (include/linux/proc_ns.h PROC_PID_INIT_INO). */
const INITIAL_PIDS = 'pid:[4026531836]';

/** Why an nginx may run although none is found; null when it would be seen. */
function whyHidden(host: DiscoveryHost): NotObservable | null {
  if (hidesOthers(host)) return processesHidden();
  const pids = host.link('/proc/self/ns/pid');
  return pids !== null && pids !== INITIAL_PIDS ? processesElsewhere() : null;
}

function nothingFound(host: DiscoveryHost, strangers: readonly Judged[]): Choice {
  const notes = strangersNote(strangers);
  const isUnjudged = strangers.some(({ trust }) => trust.isUnjudged === true);
  const hidden = isUnjudged ? processesUnjudged() : whyHidden(host);
  const notObservable = [hidden ?? noNginx(PID_FILES, notes.length > 0)];
  return nothing({ notes, notObservable, hidden: hidden !== null });
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

/** Only pid files that no other user can write, of our own file system: one in a container counts other processes. */
function byUsualPidFile(host: DiscoveryHost, here: readonly Judged[]): { found: Judged; path: string } | null {
  for (const path of PID_FILES) {
    const named = pidIn(host, path);
    const found = 'pid' in named ? here.find(({ master }) => master.pid === named.pid) : undefined;
    if (found !== undefined && host.exposure(path) === null) return { found, path };
  }
  return null;
}

function byItself(host: DiscoveryHost, masters: readonly Judged[], strangers: readonly Judged[]): Choice {
  const [oldest] = masters;
  if (oldest === undefined) return nothingFound(host, strangers);
  const notes = strangersNote(strangers);
  const here = masters.filter(({ trust }) => trust.standing === 'host');
  const withNote = (taken: Judged, why: string): readonly string[] =>
    masters.length > 1 ? [several(masters, taken.master, why), ...notes] : notes;
  const byFile = byUsualPidFile(host, here);
  if (byFile !== null) {
    const { found, path } = byFile;
    return chosen(found, { pidFile: path, notes: withNote(found, `because ${path} names it`) });
  }
  const taken = here[0] ?? oldest;
  const why = here.length > 0 && here.length < masters.length ? 'the oldest outside containers' : 'the oldest';
  return chosen(taken, { notes: withNote(taken, why) });
}

/** `seen`: the nginx that was watched before; null when there was none. */
export function chooseMaster(
  host: DiscoveryHost,
  all: readonly Master[],
  overrides: NginxConfig,
  seen: Watched | null = null,
): Choice {
  const judged = all.map((master) => ({ master, trust: trustOfMaster(host, master) }));
  if (overrides.pidFile !== undefined) return byPidFile(host, judged, overrides.pidFile, seen);
  const { config } = overrides;
  const named = config === undefined ? judged : byConfig(judged, config);
  const isTrusted = (one: Judged): boolean =>
    maySucceed(seen, watchedAs(one)) &&
    (one.trust.standing !== 'stranger' || (config !== undefined && mayBeNamedByConfig(host, config, one.master)));
  const strangers = judged.filter(({ trust }) => trust.standing === 'stranger');
  // Beside root's nginx, which comes first, any process of another user in the container may be titled as one.
  const masters = named.filter(isTrusted).sort((a, b) => Number(a.master.uid !== 0) - Number(b.master.uid !== 0));
  return byItself(
    host,
    masters,
    strangers.filter((one) => !masters.includes(one)),
  );
}
