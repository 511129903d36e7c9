/** Lists the logs of the settings that this process can follow, and a blind spot for each that it cannot. */
import type { NotObservable } from '../core/diagnosis.ts';
import type { AccessLog, ErrorLog, Settings } from '../core/settings.ts';
import { isGlob } from '../nginx/glob.ts';
import { COMBINED_FORMAT } from '../nginx/log-format.ts';
import type { NginxConfig } from './config.ts';
import type { DiscoveryHost } from './host.ts';
import { createLogJudge, type NamedLog } from './log-trust.ts';
import {
  accessLogNotFollowed,
  logNamedByOthers,
  logNotAFile,
  logRefused,
  logsTooMany,
  logUnreadable,
} from './sentences.ts';

export interface AccessLogFile {
  readonly path: string;
  /** Text of its log_format. */
  readonly format: string;
  readonly escape: AccessLog['escape'];
}

export interface LogFiles {
  readonly errorLogs: readonly string[];
  readonly accessLogs: readonly AccessLogFile[];
  readonly notObservable: readonly NotObservable[];
}

interface Process {
  readonly pid: number | null;
  readonly root: string;
  /** User of the master, or of the one that ran last. */
  readonly uid: number | null;
}

type Log = Pick<ErrorLog, 'target' | 'place'>;

/** Each is watched, and its folder searched at each rotation. */
const MOST_LOGS = 512;

/** The descriptor a target leads to: container images link their logs to /dev/stderr and /dev/stdout. */
function streamOf(host: DiscoveryHost, target: string, root: string): 1 | 2 | null {
  const led = host.link(root + target) ?? target;
  if (target === 'stderr' || /^(\/dev\/stderr|\/proc\/self\/fd\/2)$/.test(led)) return 2;
  return /^(\/dev\/stdout|\/proc\/self\/fd\/1)$/.test(led) ? 1 : null;
}

/** The file a log is written to as we open it, or where else its lines go. */
function fileOf(host: DiscoveryHost, { target, place }: Log, { pid, root }: Process): NamedLog | { because: string } {
  if (target.includes('\0')) return { because: 'its name holds a NUL byte' };
  const stream = streamOf(host, target, root);
  if (stream === null) {
    if (/^\/(?:proc|sys|dev)\//.test(target)) return { because: 'it is a file of the kernel' };
    // The follower would take it for a pattern, which nginx does not.
    if (isGlob(target)) return { because: 'its name holds one of the characters * ? [' };
    const found = host.stat(root + target);
    if (found !== null && found.kind !== 'file') return { because: 'it is not a file' };
    return { path: root + target, namedBy: place?.file ?? null };
  }
  const name = stream === 1 ? 'standard output' : 'standard error';
  const opened = pid === null ? null : host.link(`/proc/${pid}/fd/${stream}`);
  const isFile = opened?.startsWith('/') && !isGlob(opened) && host.stat(root + opened)?.kind === 'file';
  // The user who started nginx chose this file, not the configuration.
  if (isFile) return { path: root + opened, namedBy: null };
  return { because: opened === null ? `it is the ${name} of nginx` : `${name} of nginx goes to ${opened}` };
}

function errorLogFile(host: DiscoveryHost, log: Log, from: Process): NamedLog | NotObservable | null {
  const { target } = log;
  if (target === '/dev/null') return null;
  if (target.startsWith('memory:')) return logNotAFile(target, 'it is a ring buffer inside nginx');
  if (target.startsWith('syslog:')) return logNotAFile(target, 'nginx sends it to syslog');
  const file = fileOf(host, log, from);
  return 'path' in file ? file : logNotAFile(target, file.because);
}

function accessLogFile(host: DiscoveryHost, log: AccessLog, from: Process): NamedLog | NotObservable | null {
  const { target } = log;
  if (target === '/dev/null') return null;
  if (target.startsWith('syslog:')) return accessLogNotFollowed(target, 'nginx sends it to syslog');
  if (target.includes('$')) return accessLogNotFollowed(target, 'its name holds variables');
  if (log.gzip) return accessLogNotFollowed(target, 'nginx compresses it as it writes');
  if (log.format === null) return accessLogNotFollowed(target, `its log_format "${log.formatName}" is not defined`);
  const file = fileOf(host, log, from);
  return 'path' in file ? file : accessLogNotFollowed(target, file.because);
}

/** Those of the first `most` targets, each once for every file that names it, and how many targets are left out. */
function firstOf<T extends Log>(
  logs: readonly T[],
  most: number,
): { readonly taken: readonly T[]; readonly left: number } {
  const targets = new Map<string, Map<string, T>>();
  for (const log of logs) {
    const named = targets.get(log.target) ?? new Map<string, T>();
    targets.set(log.target, named);
    const key = `${log.place?.file ?? ''}\0${'formatName' in log ? log.formatName : ''}`;
    if (!named.has(key)) named.set(key, log);
  }
  const taken = [...targets.values()].slice(0, most);
  return { taken: taken.flatMap((named) => [...named.values()]), left: targets.size - taken.length };
}

const isFile = (found: NamedLog | NotObservable | null): found is NamedLog => found !== null && 'path' in found;

/** Logs that do not exist yet are followed as well: nginx, or rotation, will make them. */
export function logFiles(
  host: DiscoveryHost,
  settings: Settings | null,
  from: Process,
  overrides: NginxConfig,
): LogFiles {
  // Before any file is looked at: a configuration may name as many as it likes.
  const errors = firstOf(overrides.errorLogs === undefined ? (settings?.errorLogs ?? []) : [], MOST_LOGS);
  const most = Math.max(0, MOST_LOGS - new Set(errors.taken.map(({ target }) => target)).size);
  const accesses = firstOf(overrides.accessLogs === undefined ? (settings?.accessLogs ?? []) : [], most);
  const ofErrors = errors.taken.map((log) => errorLogFile(host, log, from));
  const ofAccess = accesses.taken.map((log) => ({ log, found: accessLogFile(host, log, from) }));
  const judge = createLogJudge(host, from, [...ofErrors, ...ofAccess.map(({ found }) => found)].filter(isFile));
  const notObservable = new Map<string, NotObservable>();
  const note = (spot: NotObservable): void => void notObservable.set(`${spot.what} ${spot.because}`, spot);
  const readable = (found: NamedLog | NotObservable | null): readonly string[] => {
    if (found === null) return [];
    if (!isFile(found)) {
      note(found);
      return [];
    }
    const { path } = found;
    const objection = judge.objection(found);
    const isThere = host.stat(path) !== null;
    const refusal = isThere ? host.refusal(path) : null;
    if (refusal !== null) note(logRefused(path, refusal));
    else if (isThere && !host.can(path, 'read')) note(logUnreadable(path, host.uid));
    else if (objection !== null) note(logNamedByOthers(found, objection));
    return objection === null ? [path] : [];
  };
  const errorLogs = overrides.errorLogs ?? [...new Set(ofErrors.flatMap(readable))];
  const accessLogs =
    overrides.accessLogs?.map((log) => ({ ...log, format: log.format ?? COMBINED_FORMAT })) ??
    ofAccess.flatMap(({ log, found }) =>
      readable(found).map((path) => ({ path, format: log.format ?? '', escape: log.escape })),
    );
  const left = errors.left + accesses.left;
  if (left > 0) note(logsTooMany(MOST_LOGS, left));
  return { errorLogs, accessLogs, notObservable: [...notObservable.values()] };
}
