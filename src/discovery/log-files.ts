/** The logs of the settings as files this process can follow, and a sentence for each that it cannot. */
import type { NotObservable } from '../core/diagnosis.ts';
import type { AccessLog, Settings } from '../core/settings.ts';
import { COMBINED_FORMAT } from '../nginx/log-format.ts';
import type { NginxConfig } from './config.ts';
import type { DiscoveryHost } from './host.ts';
import { accessLogNotFollowed, logNotAFile, logRefused, logUnreadable } from './sentences.ts';

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
}

/** The descriptor a target leads to: container images link their logs to /dev/stderr and /dev/stdout. */
function streamOf(host: DiscoveryHost, target: string, root: string): 1 | 2 | null {
  const led = host.link(root + target) ?? target;
  if (target === 'stderr' || /^(\/dev\/stderr|\/proc\/self\/fd\/2)$/.test(led)) return 2;
  return /^(\/dev\/stdout|\/proc\/self\/fd\/1)$/.test(led) ? 1 : null;
}

/** The file a log is written to as we open it, or where else its lines go. */
function fileOf(host: DiscoveryHost, target: string, { pid, root }: Process): { path: string } | { because: string } {
  if (target.includes('\0')) return { because: 'its name holds a NUL byte' };
  const stream = streamOf(host, target, root);
  if (stream === null) {
    if (/^\/(?:proc|sys|dev)\//.test(target)) return { because: 'it is a file of the kernel' };
    const found = host.stat(root + target);
    return found === null || found.kind === 'file' ? { path: root + target } : { because: 'it is not a file' };
  }
  const name = stream === 1 ? 'standard output' : 'standard error';
  const behind = pid === null ? null : host.link(`/proc/${pid}/fd/${stream}`);
  if (behind?.startsWith('/') && host.stat(root + behind)?.kind === 'file') return { path: root + behind };
  return { because: behind === null ? `it is the ${name} of nginx` : `${name} of nginx goes to ${behind}` };
}

function errorLogPath(host: DiscoveryHost, target: string, from: Process): string | NotObservable | null {
  if (target === '/dev/null') return null;
  if (target.startsWith('memory:')) return logNotAFile(target, 'it is a ring buffer inside nginx');
  if (target.startsWith('syslog:')) return logNotAFile(target, 'nginx sends it to syslog');
  const file = fileOf(host, target, from);
  return 'path' in file ? file.path : logNotAFile(target, file.because);
}

function accessLogPath(host: DiscoveryHost, log: AccessLog, from: Process): string | NotObservable | null {
  const { target } = log;
  if (target === '/dev/null') return null;
  if (target.startsWith('syslog:')) return accessLogNotFollowed(target, 'nginx sends it to syslog');
  if (target.includes('$')) return accessLogNotFollowed(target, 'its name holds variables');
  if (log.gzip) return accessLogNotFollowed(target, 'nginx compresses it as it writes');
  if (log.format === null) return accessLogNotFollowed(target, `its log_format "${log.formatName}" is not defined`);
  const file = fileOf(host, target, from);
  return 'path' in file ? file.path : accessLogNotFollowed(target, file.because);
}

/** Logs that do not exist yet are followed as well: nginx, or rotation, will make them. */
export function logFiles(
  host: DiscoveryHost,
  settings: Settings | null,
  from: Process,
  overrides: NginxConfig,
): LogFiles {
  const notObservable: NotObservable[] = [];
  const readable = (path: string | NotObservable | null): readonly string[] => {
    if (path === null) return [];
    if (typeof path !== 'string') notObservable.push(path);
    else if (host.stat(path) !== null) {
      const refusal = host.refusal(path);
      if (refusal !== null) notObservable.push(logRefused(path, refusal));
      else if (!host.can(path, 'read')) notObservable.push(logUnreadable(path, host.uid));
    }
    // One that is unreadable now may be mended while we run, so it is followed all the same.
    return typeof path === 'string' ? [path] : [];
  };
  const errorTargets = new Set(settings?.errorLogs.map((log) => log.target));
  const errorLogs = overrides.errorLogs ?? [...errorTargets].flatMap((one) => readable(errorLogPath(host, one, from)));
  const accessLogs =
    overrides.accessLogs?.map((log) => ({ ...log, format: log.format ?? COMBINED_FORMAT })) ??
    (settings?.accessLogs ?? []).flatMap((log) =>
      readable(accessLogPath(host, log, from)).map((path) => ({ path, format: log.format ?? '', escape: log.escape })),
    );
  return { errorLogs: [...new Set(errorLogs)], accessLogs, notObservable };
}
