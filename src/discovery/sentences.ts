/** The sentences of the blind spots that discovery finds. Every one has a remedy. */

import type { NotObservable } from '../core/diagnosis.ts';
import type { Settings } from '../core/settings.ts';
import { quoted } from '../core/shell.ts';
import type { Cut } from '../nginx/config-budget.ts';
import type { NamedLog } from './log-trust.ts';

export const noNginx = (pidFiles: readonly string[], someAreStrangers: boolean): NotObservable => ({
  what: 'nginx',
  because: `no ${someAreStrangers ? 'trusted ' : ''}process is titled "nginx: master process", and no pid file names one (read ${pidFiles.join(', ')})`,
  remedy: 'start nginx (systemctl start nginx), or name its pid file as nginx.pidFile in gapwatch.yml',
});

export const processesHidden = (): NotObservable => ({
  what: 'nginx',
  because: '/proc hides the processes of other users (mounted with hidepid)',
  remedy: 'run gapwatch as root, or add its user to the group of the hidepid mount (gid= in /proc/mounts)',
});

export const processesUnjudged = (): NotObservable => ({
  what: 'nginx',
  because:
    'without CAP_SYS_PTRACE it is unknown whether root’s process titled "nginx: master process" runs in a container',
  remedy:
    'give gapwatch CAP_SYS_PTRACE (systemd: CapabilityBoundingSet=, docker: --cap-add SYS_PTRACE), or name the pid file of that nginx as nginx.pidFile in gapwatch.yml',
});

export const processesUnseen = (because: string): NotObservable => ({
  what: 'nginx',
  because: `the processes of this machine cannot be listed (${because})`,
  remedy:
    'raise LimitNOFILE= in the unit of gapwatch when too many files are open, and mount /proc where it is missing',
});

export const processesElsewhere = (): NotObservable => ({
  what: 'nginx',
  because: 'gapwatch runs in a container (a separate PID namespace), and no nginx runs in that container',
  remedy:
    'start nginx in that container, or the container of gapwatch with --pid container:NGINX (Kubernetes: shareProcessNamespace)',
});

export const pidFileWrong = (path: string, because: string): NotObservable => ({
  what: 'the nginx that nginx.pidFile names',
  because: `${path}: ${because}`,
  remedy:
    'start that nginx, or correct nginx.pidFile in gapwatch.yml (without it, gapwatch uses the nginx that it finds)',
});

export const buildUnknown = (executable: string, because: string): NotObservable => ({
  what: 'the built-in paths of nginx',
  because: `${executable}: ${because}`,
  remedy:
    'run gapwatch as root, or name the binary as nginx.binary in gapwatch.yml; until then the usual paths are assumed',
});

export const configInvalid = (message: string, place: string): NotObservable => ({
  what: 'the configuration that a reload would load',
  because: `${place}: ${message}`,
  remedy: `correct ${quoted(place)}, then check with nginx -t; the running nginx keeps what it loaded before`,
});

/** A limit of gapwatch, not of nginx: the configuration is valid. */
export const configCut = ({ file, line, message }: Cut): NotObservable => ({
  what: 'the whole configuration',
  because: `${file}:${line}: ${message}`,
  remedy:
    'raise that limit in gapwatch.yml (it bounds the memory of gapwatch), or move the most important directives above that line',
});

export const configUnreadable = (path: string, because: string): NotObservable => ({
  what: 'the configuration',
  because: `${path}: ${because}`,
  remedy: 'run gapwatch as root, or name the main file as nginx.config in gapwatch.yml',
});

export const logNotAFile = (target: string, because: string): NotObservable => ({
  what: `the log ${target}`,
  because,
  remedy:
    'add `error_log /var/log/nginx/error.log warn;` beside it, or list a file under nginx.errorLogs in gapwatch.yml',
});

export const logUnreadable = (path: string, user: number): NotObservable => ({
  what: `the log ${path}`,
  because: `Permission denied for user id ${user}`,
  remedy: `setfacl -m u:${user}:r ${quoted(path)} (and in logrotate's postrotate), or the group of its "create" line: usermod -aG adm $(id -un ${user})`,
});

/** The command that shows why a log is refused. */
export const lookAtLog = (path: string): string =>
  `ls -ld ${quoted(path.replace(/[^/]*$/, ''))} ${quoted(path)}   # it must be a plain file of root or of nginx's user`;

export const logRefused = (path: string, because: string): NotObservable => ({
  what: `the log ${path}`,
  because,
  remedy: lookAtLog(path),
});

/** The owner of the configuration file that names the log could not read the log. */
export const logNamedByOthers = ({ path, namedBy }: NamedLog, because: string): NotObservable => ({
  what: `the log ${path}`,
  because,
  remedy:
    namedBy === null
      ? 'list it under nginx.errorLogs (an access log under nginx.accessLogs) in gapwatch.yml'
      : `chown root:root ${quoted(namedBy)} && chmod go-w ${quoted(namedBy)} (and its folders), or list the log under nginx.errorLogs (an access log under nginx.accessLogs) in gapwatch.yml`,
});

export const logsTooMany = (most: number, unread: number): NotObservable => ({
  what: `${unread} of the logs`,
  because: `the configuration names more than ${most} log files; error logs come first`,
  remedy: 'list those that matter under nginx.errorLogs and nginx.accessLogs in gapwatch.yml',
});

export const accessLogNotFollowed = (target: string, because: string): NotObservable => ({
  what: `the access log ${target}`,
  because,
  remedy: 'list a plain file with its format under nginx.accessLogs in gapwatch.yml',
});

export const noStubStatusModule = (): NotObservable => ({
  what: 'stub_status',
  because: 'this nginx was built without ngx_http_stub_status_module',
  remedy: 'install a build that has it (nginx -V 2>&1 | grep stub_status); worker slots are still read from /proc',
});

const STATUS_PORT = 8090;

/** The smallest useful status page: a separate listener and accept queue, loopback only, not logged. */
function statusBlock(settings: Settings): string {
  const taken = new Set(settings.listens.map(({ address }) => Number(address.slice(address.lastIndexOf(':') + 1))));
  let port = STATUS_PORT;
  while (taken.has(port)) port += 1;
  return [
    'server {',
    `    listen 127.0.0.1:${port};`,
    '    access_log off;',
    '    location = /nginx_status {',
    '        stub_status;',
    '        allow 127.0.0.1;',
    '        deny all;',
    '    }',
    '}',
  ].join('\n');
}

export const noStubStatus = (settings: Settings, file: string): NotObservable => ({
  what: 'stub_status',
  because: 'no location of this configuration has it',
  remedy: `put this into ${quoted(file)}, then nginx -s reload:\n${statusBlock(settings)}`,
});

export const statusUnaddressed = (file: string, line: number): NotObservable => ({
  what: 'stub_status',
  because: `its URL is unknown (${file}:${line}): a regular expression, a named location or a variable`,
  remedy: 'name its address as nginx.stubStatusUrl in gapwatch.yml',
});

export function statusForbidden(url: string, file: string, line: number): NotObservable {
  const us = url.includes('+unix:') ? 'unix:' : url.includes('//[') ? '::1' : '127.0.0.1';
  return {
    what: 'stub_status',
    because: `${url} denies this host (allow and deny at ${file}:${line})`,
    remedy: `add \`allow ${us};\` before the deny in ${quoted(file)}, then nginx -s reload`,
  };
}

export const statusRefused = (file: string, line: number, because: string): NotObservable => ({
  what: 'stub_status',
  because: `the page at ${file}:${line} is not requested: ${because}`,
  remedy: 'name its address as nginx.stubStatusUrl in gapwatch.yml',
});

export const statusElsewhere = (url: string): NotObservable => ({
  what: 'stub_status',
  because: `${url} is inside another network namespace (a container)`,
  remedy: 'run gapwatch in that network namespace, or publish the page and set nginx.stubStatusUrl in gapwatch.yml',
});
