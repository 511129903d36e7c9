/**
 * Lists what this host's settings and permissions hide from gapwatch, each with a remedy. Blind spots are part of every
 * diagnosis, so that missing evidence is not taken for health.
 */

import type { NotObservable } from '../core/diagnosis.ts';
import { type Evidence, remembered } from '../core/evidence.ts';
import type { ProbeFailure, SampleOf } from '../core/sample.ts';
import type { SampleKind } from '../core/sample-kind.ts';
import type { ErrorLog, Place, Settings } from '../core/settings.ts';
import { drops } from '../core/signal.ts';
import { configWord } from '../nginx/config-word.ts';

/** Leaves out what `evidence.notObservable` reports already with a better remedy. */
export function blindSpots(evidence: Evidence, kinds: readonly SampleKind[]): NotObservable[] {
  const { settings } = evidence;
  const fromSettings =
    settings === null ? [noSettings()] : [...hiddenByConfig(settings), ...noStatusPage(settings, evidence)];
  const reported = new Set(evidence.notObservable.map(({ what }) => what));
  return [...fromSettings, ...failedProbes(evidence, kinds)].filter(({ what }) => !reported.has(what));
}

/** Remembered, because every conclusion asks for it and a host of thousands of sites has as many logs. */
const hiddenByConfig = remembered((settings: Settings): readonly NotObservable[] => [
  ...quietErrorLogs(settings),
  ...accessLogsWithoutUpstreamTimes(settings),
]);

function at(place: Place | null): string {
  return place === null ? '' : ` (${place.file}:${place.line})`;
}

function noSettings(): NotObservable {
  return {
    what: "nginx's configuration",
    because: 'neither `nginx -T` nor the configuration files could be read',
    remedy: 'run gapwatch as root, or set nginx.config in gapwatch.yml',
  };
}

/**
 * What the level of a log drops: `[warn]` carries "reusing connections" and ejected servers, `[notice]` reloads
 * (src/nginx/README.md §3). nginx writes about its processes only to the main log, so for the log of a server or
 * location only `[warn]` matters.
 */
function hiddenBy({ level, context }: ErrorLog): string | null {
  if (context !== 'main') return drops(level, 'warn') ? 'ejected upstream servers' : null;
  if (drops(level, 'warn')) return 'reused connections, ejected upstream servers, reloads and worker exits';
  return drops(level, 'notice') ? 'reloads and worker exits' : null;
}

/** Number of logs to list by name: a host of thousands of sites may have one for each. */
const NAMED_LOGS = 3;

function quietErrorLogs({ errorLogs, origin }: Settings): NotObservable[] {
  const spots = new Map<string, NotObservable>();
  for (const log of errorLogs) {
    const hidden = log.target === '/dev/null' || (origin === 'fragment' && log.place === null) ? null : hiddenBy(log);
    if (hidden === null) continue;
    const dropped = [drops(log.level, 'warn') ? 'warn' : null, log.context === 'main' ? 'notice' : null];
    const levels = dropped.filter((level) => level !== null);
    if (spots.has(log.target)) continue;
    spots.set(log.target, {
      what: `${hidden} in the error log`,
      because: `error_log ${log.target} has level ${log.level}, which drops ${levels.join(' and ')}${at(log.place)}`,
      remedy: `error_log ${configWord(log.target)} ${levels.at(-1)};`,
    });
  }
  const all = [...spots.values()];
  const more = all.length - NAMED_LOGS;
  return more <= 0 ? all : [...all.slice(0, NAMED_LOGS), moreQuietLogs(more)];
}

function moreQuietLogs(count: number): NotObservable {
  return {
    what: `the same in ${count} more error ${count === 1 ? 'log' : 'logs'}`,
    because: 'their levels drop it too',
    remedy: "nginx -T 2>/dev/null | grep -n '^ *error_log'   # give each the level warn",
  };
}

function accessLogsWithoutUpstreamTimes(settings: Settings): NotObservable[] {
  if (settings.passes.length === 0) return [];
  const written = settings.accessLogs.filter((log) => log.target !== 'off');
  if (written.some((log) => log.format?.includes('$upstream_response_time'))) return [];
  const log = written[0];
  // A fragment of a configuration does not show what is missing in the whole.
  if (settings.origin === 'fragment' && log?.place == null) return [];
  if (log === undefined) {
    return [
      {
        what: 'response times and status codes of requests',
        because: 'no access_log is written',
        remedy: 'access_log /var/log/nginx/access.log upstream_time;  # with the log_format of `gapwatch doctor`',
      },
    ];
  }
  return [
    {
      what: 'connect, header and response time of each upstream server',
      because: `log_format ${log.formatName} has no $upstream_response_time${at(log.place)}`,
      remedy:
        'log_format upstream_time \'$remote_addr [$time_local] "$request" $status $body_bytes_sent $request_time ' +
        "$upstream_addr $upstream_status $upstream_connect_time $upstream_header_time $upstream_response_time';",
    },
  ];
}

function noStatusPage(settings: Settings, evidence: Pick<Evidence, 'latest'>): NotObservable[] {
  if (settings.origin === 'fragment' || settings.statusPages.length > 0 || evidence.latest['stub-status']?.ok === true)
    return [];
  return [
    {
      what: 'stub_status',
      because: 'no location has stub_status',
      remedy: 'server { listen 127.0.0.1:8090; location = /nginx_status { stub_status; allow 127.0.0.1; deny all; } }',
    },
  ];
}

interface Refused {
  readonly reason: ProbeFailure;
  readonly detail: string;
}

const TURNED_AWAY: readonly ProbeFailure[] = ['denied', 'absent', 'http-error', 'malformed', 'failed'];

/** Without a master all probes of its processes fail alike, which is reported once. */
const NO_MASTER: { readonly [R in ProbeFailure]?: NotObservable } = {
  absent: {
    what: 'nginx',
    because: 'no nginx master process was found',
    remedy: 'start nginx, or correct nginx.pidFile in gapwatch.yml',
  },
  denied: {
    what: 'nginx',
    because: 'its processes are hidden from gapwatch',
    remedy: 'run gapwatch as root, in the PID namespace of nginx',
  },
};

/** More rights do not help a probe that timed out. */
function remedyFor({ reason }: Refused, { denied }: NonNullable<SampleKind['blindSpot']>): string {
  return reason === 'timeout' ? 'raise probes.timeoutMs in gapwatch.yml: the host is too busy for it' : denied;
}

/** gapwatch has no free descriptor: every probe fails alike, which is reported once. */
const isOurs = ({ detail }: Refused): boolean => /\b(EMFILE|ENFILE)\b/.test(detail);

const outOfDescriptors = ({ detail }: Refused): NotObservable => ({
  what: 'processes and sockets of nginx',
  because: `gapwatch has no free descriptor (${detail})`,
  remedy: 'systemctl edit gapwatch, then [Service] LimitNOFILE=65536 (EMFILE); sysctl -w fs.file-max=… (ENFILE)',
});

function failedProbes(
  { latest, settings }: Pick<Evidence, 'latest' | 'settings'>,
  kinds: readonly SampleKind[],
): NotObservable[] {
  const { workers } = latest;
  const failed = workers?.ok === false ? workers : null;
  const noMaster = failed === null ? undefined : NO_MASTER[failed.reason];
  const found: NotObservable[] = noMaster === undefined ? [] : [noMaster];
  for (const { id, blindSpot } of kinds) {
    const sample = latest[id];
    if (blindSpot === null || sample === undefined || sample.ok) continue;
    if (noMaster !== undefined && sample.reason === failed?.reason && sample.detail === failed.detail) continue;
    if (isOurs(sample)) continue;
    found.push({
      what: blindSpot.what,
      because: `the ${id} probe: ${sample.reason}, ${sample.detail}`,
      remedy: remedyFor(sample, blindSpot),
    });
  }
  const page = pageFailure(latest['stub-status']);
  const ours = [...Object.values(latest).filter((sample) => !sample.ok), page].find(
    (one) => one !== null && isOurs(one),
  );
  return [...(ours ? [outOfDescriptors(ours)] : []), ...found, ...deniedPage(page, settings)];
}

function pageFailure(page: SampleOf<'stub-status'> | undefined): Refused | null {
  if (page === undefined || (page.ok && page.data.counters !== null)) return null;
  const failure = page.ok ? page.data.fresh : page;
  return failure.ok ? null : failure;
}

/** A page that refuses, resets or does not answer is a symptom. A page that denies access is a blind spot. */
function deniedPage(failure: Refused | null, settings: Settings | null): NotObservable[] {
  if (failure === null || !TURNED_AWAY.includes(failure.reason) || isOurs(failure)) return [];
  // Discovery reports a missing page with a better remedy.
  if (failure.reason === 'absent' && settings?.statusPages.length === 0) return [];
  const place = settings?.statusPages[0]?.place ?? null;
  return [
    {
      what: 'the stub_status page',
      because: `${failure.reason}: ${failure.detail}`,
      remedy: `${remedyForPage(failure)}  # in the stub_status location${at(place)}, or set nginx.stubStatusUrl in gapwatch.yml`,
    },
  ];
}

function remedyForPage({ reason, detail }: Refused): string {
  if (detail.includes('401')) return 'auth_basic off; allow 127.0.0.1; deny all;';
  if (reason === 'denied') return 'allow 127.0.0.1;';
  return 'listen 127.0.0.1:8090;  # in a separate server block without redirects or rewrites';
}
