/** Derives the effective settings from a configuration tree, merged as nginx merges them. Pure; never fails. */

import type { Override, Setting, Settings } from '../core/settings.ts';
import type { ConfigTree } from './config-tree.ts';
import { completeFragment } from './fragment.ts';
import { limitUses, limitZones } from './limits.ts';
import { listeners } from './listens.ts';
import { accessLogs, errorLogs, fullPath } from './logs.ts';
import { thirdPartyModules, usesAny } from './modules.ts';
import { passesOf } from './passes.ts';
import { realIp } from './real-ip.ts';
import {
  buildScope,
  enclosing,
  flagSetting,
  locationOf,
  placeOf,
  type Scope,
  serverNames,
  settingOf,
  timeSetting,
  walk,
} from './scope.ts';
import { statusPages } from './status-pages.ts';
import { parseCount, parseSizeBytes, parseTimeMs } from './units.ts';
import { explicitUpstreams, implicitUpstreams } from './upstreams.ts';
import { isSince } from './version.ts';

/** What the configuration itself does not say. */
export interface EffectiveOptions {
  readonly origin: Settings['origin'];
  /** nginx's version: defaults depend on it. */
  readonly version: string | null;
  /** CPUs nginx may run on: what `worker_processes auto` comes to. */
  readonly cpus: number | null;
  /** `--prefix` or `-p`, with a trailing slash: what relative paths are relative to. */
  readonly prefix: string | null;
  /** Built-in paths as `nginx -V` names them. */
  readonly errorLog?: string;
  readonly accessLog?: string;
  readonly pidFile?: string | null;
  readonly runsAsRoot?: boolean;
}

const CLIENT_TIMES = ['keepalive_timeout', 'client_header_timeout', 'client_body_timeout', 'send_timeout'] as const;

/** Client-side settings written below http{}. */
function overridesOf(root: Scope): readonly Override[] {
  const found: Override[] = [];
  for (const scope of walk(root)) {
    if (enclosing(scope, 'http') === null || enclosing(scope, 'server') === null) continue;
    for (const directive of [...CLIENT_TIMES, 'keepalive_requests'] as const) {
      const node = scope.directives.get(directive)?.[0];
      const text = node?.args[0] ?? '';
      const value = directive === 'keepalive_requests' ? parseCount(text) : parseTimeMs(text);
      if (node === undefined || value === null) continue;
      const location = locationOf(scope);
      found.push({ directive, value, serverNames: serverNames(scope), location, place: placeOf(node) });
    }
  }
  return found;
}

function processSettings(root: Scope, options: EffectiveOptions) {
  const events = root.children.find((child) => child.kind === 'events') ?? null;
  const { version, cpus } = options;
  const workerProcesses = settingOf<number | 'auto'>(root, 'worker_processes', 1, (text) =>
    text === 'auto' ? 'auto' : parseCount(text),
  );
  const written = (name: string, parse: (text: string) => number | null): Setting<number> | null => {
    const setting = settingOf<number | null>(root, name, null, parse);
    return setting.value === null ? null : { value: setting.value, place: setting.place };
  };
  return {
    workerProcesses,
    workerCount: workerProcesses.value === 'auto' ? cpus : workerProcesses.value,
    workerConnections: settingOf(events, 'worker_connections', 512, parseCount),
    workerRlimitNofile: written('worker_rlimit_nofile', parseCount),
    multiAccept: flagSetting(events, 'multi_accept', false),
    acceptMutex: flagSetting(events, 'accept_mutex', version !== null && !isSince(version, '1.11.3')),
    masterProcess: flagSetting(root, 'master_process', true).value,
    workerShutdownTimeoutMs: written('worker_shutdown_timeout', (text) => parseTimeMs(text)),
    openFileCacheFiles: openFileCacheFiles(root),
    pidFile: pidFile(root, options),
  };
}

/** Each directive creates a separate cache in each worker. */
function openFileCacheFiles(root: Scope): number {
  const caches = walk(root).flatMap(({ directives }) =>
    ['open_file_cache', 'open_log_file_cache'].flatMap((name) => directives.get(name) ?? []),
  );
  const sizes = caches.map(({ args }) => Number(args.find((arg) => arg.startsWith('max='))?.slice(4) ?? 0));
  return sizes.filter(Number.isFinite).reduce((sum, size) => sum + size, 0);
}

function pidFile(root: Scope, options: EffectiveOptions): string | null {
  const written = root.directives.get('pid')?.[0]?.args[0];
  if (written !== undefined) return fullPath(written, options.prefix);
  return options.pidFile ? fullPath(options.pidFile, options.prefix) : null;
}

function clientSettings(root: Scope, http: Scope | null, version: string | null) {
  const requests = version === null || isSince(version, '1.19.10') ? 1000 : 100;
  const resolversOf = (scope: Scope): readonly Setting<readonly string[]>[] =>
    (scope.directives.get('resolver') ?? []).map((node) => ({ value: node.args, place: placeOf(node) }));
  return {
    keepaliveTimeoutMs: timeSetting(http, 'keepalive_timeout', 75_000),
    keepaliveRequests: settingOf(http, 'keepalive_requests', requests, parseCount),
    clientHeaderTimeoutMs: timeSetting(http, 'client_header_timeout', 60_000),
    clientBodyTimeoutMs: timeSetting(http, 'client_body_timeout', 60_000),
    sendTimeoutMs: timeSetting(http, 'send_timeout', 60_000),
    clientBodyBufferBytes: settingOf(http, 'client_body_buffer_size', 16_384, parseSizeBytes),
    overrides: overridesOf(root),
    realIp: realIp(root),
    httpPlace: http?.node ? placeOf(http.node) : null,
    resolver: (http === null ? [] : resolversOf(http))[0] ?? null,
    resolvers: walk(root).flatMap(resolversOf),
  };
}

export function deriveSettings(tree: Pick<ConfigTree, 'nodes'>, options: EffectiveOptions): Settings {
  const root = buildScope(completeFragment(tree.nodes));
  const http = root.children.find((child) => child.kind === 'http') ?? null;
  const { version } = options;
  const logDefaults = {
    prefix: options.prefix,
    errorLog: options.errorLog ?? 'logs/error.log',
    accessLog: options.accessLog ?? 'logs/access.log',
  };
  const { listeners: listening, cut } = listeners(root, options.runsAsRoot ?? true);
  const listens = listening.map(({ listen }) => listen);
  const explicit = explicitUpstreams(root, version);
  const passes = passesOf(root, version, explicit);
  return {
    origin: options.origin,
    version,
    ...processSettings(root, options),
    listens,
    upstreams: [...explicit, ...implicitUpstreams(passes, explicit)],
    passes,
    ...clientSettings(root, http, version),
    limitZones: limitZones(root),
    limitUses: limitUses(root),
    errorLogs: errorLogs(root, logDefaults),
    accessLogs: accessLogs(root, logDefaults),
    statusPages: statusPages(root, listening),
    usesMirror: usesAny(root, /^mirror$/),
    usesSsi: usesAny(root, /^ssi$/),
    usesCache: usesAny(root, /^(proxy|fastcgi|uwsgi|scgi)_cache$/),
    usesHttp2: listens.some((listen) => listen.http2) || usesAny(root, /^http2$/),
    usesQuic: listens.some((listen) => listen.quic),
    quicBpf: flagSetting(root, 'quic_bpf', false).value,
    ...(cut === null ? {} : { cut }),
    thirdPartyModules: thirdPartyModules(root),
  };
}
