/**
 * The types of the effective settings of one nginx, the input of checks, probes, causes and audit rules. Every value has
 * the place where it was set. `nginx/effective.ts` derives the values from a config tree.
 */
import type { LogLevel } from './signal.ts';

/** The place of a directive. `line` is 1-based. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** A value in force. `place` is null when it is nginx's built-in default. */
export interface Setting<T> {
  readonly value: T;
  readonly place: Place | null;
}

export interface Listen {
  /** `0.0.0.0:80`, `[::]:443`, `unix:/run/x.sock`: normalised, with port. */
  readonly address: string;
  readonly backlog: number | null;
  readonly reuseport: boolean;
  readonly ssl: boolean;
  readonly quic: boolean;
  readonly http2: boolean;
  readonly proxyProtocol: boolean;
  readonly defaultServer: boolean;
  readonly context: 'http' | 'stream' | 'mail';
  readonly place: Place;
  /** False when the wildcard socket of the same port takes its connections: there is no socket of that address. */
  readonly bound?: boolean;
  readonly udp?: boolean;
  /** The server blocks of this listener, default server first. */
  readonly servers?: readonly { readonly place: Place; readonly names: readonly string[] }[];
}

export interface UpstreamServer {
  /** As written: `127.0.0.1:9000`, `unix:/run/app.sock`, `app.internal:80`. */
  readonly address: string;
  readonly down: boolean;
  readonly backup: boolean;
  readonly maxFails: number;
  readonly failTimeoutMs: number;
  readonly maxConns: number;
  readonly resolve: boolean;
  readonly place: Place;
}

export interface Upstream {
  readonly name: string;
  /** False for a `proxy_pass` straight to an address: name is then that address. */
  readonly explicit: boolean;
  readonly servers: readonly UpstreamServer[];
  /** `keepalive N`; null when not written. */
  readonly keepalive: Setting<number> | null;
  readonly zone: boolean;
  readonly context: 'http' | 'stream';
  readonly place: Place;
  /** A balancing method written below `keepalive`: before 1.29.7 it takes the place of the pool. */
  readonly balancerBelowKeepalive?: Place;
}

export type PassKind = 'proxy' | 'fastcgi' | 'uwsgi' | 'scgi' | 'grpc' | 'memcached';

/** One location (or stream server) that hands requests to an upstream, with the settings in force there. */
export interface Pass {
  readonly kind: PassKind;
  readonly context: 'http' | 'stream';
  /** As written, e.g. `http://app/api/`. */
  readonly target: string;
  /** Upstream name it resolves to; null when it holds variables. */
  readonly upstream: string | null;
  readonly tls: boolean;
  readonly connectTimeoutMs: Setting<number>;
  readonly sendTimeoutMs: Setting<number>;
  readonly readTimeoutMs: Setting<number>;
  readonly httpVersion: Setting<string>;
  /** Value given to the upstream's Connection header; null = nginx's default (`close`). */
  readonly connectionHeader: Setting<string> | null;
  readonly requestBuffering: Setting<boolean>;
  readonly buffering: Setting<boolean>;
  readonly upgradesWebsocket: boolean;
  readonly location: string | null;
  readonly serverNames: readonly string[];
  readonly place: Place;
  /** The server block that contains it. */
  readonly server?: Place;
  /** Host header given to the upstream; null or absent = nginx's default, the name in the target. */
  readonly hostHeader?: string | null;
  /** Value of a Connection header from a `map` of $http_upgrade for a request without an upgrade. */
  readonly connectionWithoutUpgrade?: string;
  /** `fastcgi_keep_conn`. */
  readonly keepConn?: Setting<boolean>;
  /** `resolver` in force there, with its parameters; null = none. */
  readonly resolver?: Setting<readonly string[]> | null;
  /** Most memory that one buffered answer takes: first buffer and all others, bytes. */
  readonly bufferBytes?: Setting<number>;
}

export interface ErrorLog {
  /** Absolute path, `stderr`, `syslog:…` or `memory:…`. */
  readonly target: string;
  readonly level: LogLevel;
  readonly context: 'main' | 'http' | 'server' | 'location' | 'stream' | 'mail';
  /** null = compiled-in default. */
  readonly place: Place | null;
}

export interface AccessLog {
  readonly target: string;
  readonly formatName: string;
  /** The whole log_format text with its pieces joined; null when the format is not defined. */
  readonly format: string | null;
  readonly escape: 'default' | 'json' | 'none';
  readonly buffered: boolean;
  readonly gzip: boolean;
  readonly place: Place | null;
}

export interface StatusPage {
  /** `http://127.0.0.1:80/nginx_status`, `http+unix:///run/x.sock:/nginx_status`. */
  readonly url: string;
  /** Host header that selects the right server block; null = any. */
  readonly hostHeader: string | null;
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  /** True when that listener serves nothing but the status page (its own kernel queue). */
  readonly ownListener: boolean;
  readonly place: Place;
  /** Whether the access rules let a request from this host's loopback (or unix socket) in; absent = true. */
  readonly allowsLocal?: boolean;
  /** Addresses beyond loopback and unix sockets at which anyone can read the page: no `deny all`, no password. */
  readonly exposedOn?: readonly string[];
}

export interface LimitZone {
  readonly kind: 'limit_req_zone' | 'limit_conn_zone';
  readonly name: string;
  readonly key: string;
  readonly sizeBytes: number;
  readonly place: Place;
}

export interface RealIp {
  /** `set_real_ip_from`: without one `real_ip_header` does nothing. */
  readonly trusted: readonly string[];
  readonly header: string;
  readonly place: Place;
}

/** A client-side setting that a server or location changes. */
export interface Override {
  readonly directive: string;
  /** ms for times, else the plain number. */
  readonly value: number;
  readonly serverNames: readonly string[];
  readonly location: string | null;
  readonly place: Place;
}

export interface Settings {
  /** `live`: whole, with the built-in paths of its nginx; `files`: something is missing or assumed; `fragment`: less than a whole config. */
  readonly origin: 'live' | 'files' | 'fragment';
  readonly version: string | null;
  readonly workerProcesses: Setting<number | 'auto'>;
  /** Number of workers nginx starts: the number, or the CPUs it may use for `auto`; null when that is unknown. */
  readonly workerCount: number | null;
  readonly workerConnections: Setting<number>;
  readonly workerRlimitNofile: Setting<number> | null;
  readonly multiAccept: Setting<boolean>;
  readonly acceptMutex: Setting<boolean>;
  readonly masterProcess: boolean;
  readonly workerShutdownTimeoutMs: Setting<number> | null;
  /** Files that `open_file_cache` and `open_log_file_cache` may keep open in one worker, all of them together. */
  readonly openFileCacheFiles?: number;
  readonly listens: readonly Listen[];
  readonly upstreams: readonly Upstream[];
  readonly passes: readonly Pass[];
  /** http{} level values; what servers and locations set differently is in `overrides`. */
  readonly keepaliveTimeoutMs: Setting<number>;
  readonly keepaliveRequests: Setting<number>;
  readonly clientHeaderTimeoutMs: Setting<number>;
  readonly clientBodyTimeoutMs: Setting<number>;
  readonly sendTimeoutMs: Setting<number>;
  readonly overrides?: readonly Override[];
  /** http{} level. */
  readonly clientBodyBufferBytes?: Setting<number>;
  /** http{} level. */
  readonly resolver: Setting<readonly string[]> | null;
  /** Every one written, outermost first. */
  readonly resolvers?: readonly Setting<readonly string[]>[];
  /** The real_ip settings of any block; null without one. */
  readonly realIp?: RealIp | null;
  readonly limitZones: readonly LimitZone[];
  readonly limitUses: readonly {
    readonly kind: 'limit_req' | 'limit_conn';
    readonly zone: string;
    readonly place: Place;
  }[];
  readonly errorLogs: readonly ErrorLog[];
  readonly accessLogs: readonly AccessLog[];
  readonly statusPages: readonly StatusPage[];
  readonly pidFile: string | null;
  readonly usesMirror: boolean;
  readonly usesSsi: boolean;
  readonly usesCache: boolean;
  readonly usesHttp2: boolean;
  readonly usesQuic: boolean;
  readonly quicBpf?: boolean;
  /** The `http` block; null without one. */
  readonly httpPlace?: Place | null;
  /** Place where the parser reached a limit and stopped, with the reason; absent when it read everything. */
  readonly cut?: Place & { readonly message: string };
  /** Modules loaded or implied whose connections nginx does not explain: `lua`, `njs`, `nchan`, … */
  readonly thirdPartyModules: readonly string[];
}
