/** A plain proxying nginx: two workers of 128 slots, one listener, one backend. Tests change what they speak of. */
import type { Listen, Pass, Settings, Upstream } from '../../../src/core/settings.ts';

export function place(line: number) {
  return { file: '/etc/nginx/nginx.conf', line };
}

function set<T>(value: T, line: number | null = null) {
  return { value, place: line === null ? null : place(line) };
}

export function listen(address: string, over: Partial<Listen> = {}): Listen {
  const flags = { reuseport: false, ssl: false, quic: false, http2: false, proxyProtocol: false, defaultServer: true };
  return { address, backlog: null, ...flags, context: 'http', place: place(20), ...over };
}

export function upstream(name: string, addresses: readonly string[], over: Partial<Upstream> = {}): Upstream {
  const servers = addresses.map((address, i) => ({
    address,
    down: false,
    backup: false,
    maxFails: 1,
    failTimeoutMs: 10_000,
    maxConns: 0,
    resolve: false,
    place: place(11 + i),
  }));
  return { name, explicit: true, servers, keepalive: null, zone: false, context: 'http', place: place(10), ...over };
}

export function pass(upstreamName: string, over: Partial<Pass> = {}): Pass {
  return {
    kind: 'proxy',
    context: 'http',
    target: `http://${upstreamName}`,
    upstream: upstreamName,
    tls: false,
    connectTimeoutMs: set(60_000),
    sendTimeoutMs: set(60_000),
    readTimeoutMs: set(60_000),
    httpVersion: set('1.0'),
    connectionHeader: null,
    requestBuffering: set(true),
    buffering: set(true),
    upgradesWebsocket: false,
    location: '/',
    serverNames: [],
    place: place(30),
    ...over,
  };
}

export function settings(over: Partial<Settings> = {}): Settings {
  return {
    origin: 'live',
    version: '1.22.1',
    workerProcesses: set(2, 1),
    workerCount: 2,
    workerConnections: set(128, 3),
    workerRlimitNofile: null,
    multiAccept: set(false),
    acceptMutex: set(false),
    masterProcess: true,
    workerShutdownTimeoutMs: null,
    listens: [listen('0.0.0.0:80')],
    upstreams: [upstream('app', ['127.0.0.1:9000'])],
    passes: [pass('app')],
    keepaliveTimeoutMs: set(75_000),
    keepaliveRequests: set(1000),
    clientHeaderTimeoutMs: set(60_000),
    clientBodyTimeoutMs: set(60_000),
    sendTimeoutMs: set(60_000),
    resolver: null,
    limitZones: [],
    limitUses: [],
    errorLogs: [{ target: '/var/log/nginx/error.log', level: 'notice', context: 'main', place: place(2) }],
    accessLogs: [],
    statusPages: [],
    pidFile: '/run/nginx.pid',
    usesMirror: false,
    usesSsi: false,
    usesCache: false,
    usesHttp2: false,
    usesQuic: false,
    thirdPartyModules: [],
    ...over,
  };
}
