/**
 * Directives whose arguments may leave the host in a bundle, with what each argument may be: a kind (printed-words.ts), a
 * literal word, or `key=` for a parameter. These are the directives that settings are derived from; a test holds that
 * none is missing. Of all others only the name is printed.
 */
const LEVELS = ['debug', 'info', 'notice', 'warn', 'error', 'crit', 'alert', 'emerg'] as const;
const FLAG = ['on', 'off'] as const;
const TIME = ['number'] as const;

const PROCESS = {
  worker_processes: ['number', 'auto'],
  worker_rlimit_nofile: ['number'],
  worker_shutdown_timeout: TIME,
  worker_connections: ['number'],
  master_process: FLAG,
  multi_accept: FLAG,
  accept_mutex: FLAG,
  quic_bpf: FLAG,
  pid: ['path'],
  load_module: ['path'],
  include: ['path'],
  error_log: ['target', ...LEVELS],
} as const;

const CLIENTS = {
  keepalive_timeout: TIME,
  keepalive_requests: ['number'],
  client_header_timeout: TIME,
  client_body_timeout: TIME,
  client_body_buffer_size: ['number'],
  send_timeout: TIME,
  open_file_cache: ['off', 'max=', 'inactive='],
  open_log_file_cache: ['off', 'max=', 'inactive=', 'min_uses=', 'valid='],
  limit_req_zone: ['variables', 'zone=', 'rate=', 'sync'],
  limit_conn_zone: ['variables', 'zone=', 'sync'],
  limit_req: ['zone=', 'burst=', 'delay=', 'nodelay'],
  limit_conn: ['name', 'number'],
  access_log: ['target', 'off', 'name', 'buffer=', 'flush=', 'gzip', 'gzip='],
  log_format: ['name', 'format', 'escape='],
  set_real_ip_from: ['address'],
  real_ip_header: ['name'],
} as const;

const SERVERS = {
  listen: [
    'address',
    'default_server',
    'default',
    'ssl',
    'http2',
    'spdy',
    'quic',
    'http3',
    'udp',
    'proxy_protocol',
    'reuseport',
    'deferred',
    'multipath',
    'bind',
    'backlog=',
    'setfib=',
    'fastopen=',
    'rcvbuf=',
    'sndbuf=',
    'accept_filter=',
    'ipv6only=',
    'so_keepalive=',
  ],
  server_name: ['pattern'],
  location: ['=', '~', '~*', '^~', 'pattern'],
  http2: FLAG,
  stub_status: FLAG,
  allow: ['address', 'all'],
  deny: ['address', 'all'],
  auth_basic: ['off'],
  internal: [],
  root: [],
  try_files: [],
  return: [],
  resolver: ['address', 'valid=', 'ipv6=', 'ipv4=', 'status_zone='],
} as const;

const UPSTREAMS = {
  upstream: ['name'],
  server: [
    'address',
    'down',
    'backup',
    'resolve',
    'weight=',
    'max_fails=',
    'fail_timeout=',
    'max_conns=',
    'slow_start=',
  ],
  keepalive: ['number'],
  zone: ['name', 'number'],
  least_conn: [],
  ip_hash: [],
  hash: [],
  random: [],
  least_time: [],
  fair: [],
} as const;

const KINDS = ['proxy', 'fastcgi', 'uwsgi', 'scgi', 'grpc', 'memcached'] as const;

const ofPass = (kind: string): Record<string, readonly string[]> => ({
  [`${kind}_pass`]: ['url'],
  [`${kind}_connect_timeout`]: TIME,
  [`${kind}_send_timeout`]: TIME,
  [`${kind}_read_timeout`]: TIME,
  [`${kind}_request_buffering`]: FLAG,
  [`${kind}_buffering`]: FLAG,
  [`${kind}_buffer_size`]: ['number'],
  [`${kind}_buffers`]: ['number'],
  [`${kind}_cache`]: ['off', 'name'],
});

const PASSES = {
  ...Object.assign({}, ...KINDS.map(ofPass)),
  proxy_timeout: TIME,
  proxy_ssl: FLAG,
  proxy_http_version: ['number'],
  proxy_set_header: ['header'],
  grpc_set_header: ['header'],
  fastcgi_keep_conn: FLAG,
  mirror: ['off'],
  ssi: FLAG,
  map: ['map'],
} as const;

export const PRINTED_DIRECTIVES: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({ ...PROCESS, ...CLIENTS, ...SERVERS, ...UPSTREAMS, ...PASSES }),
);

/** Blocks that hold directives; the content of any other (`map`, `geo`, `types`, …) is data and is not printed. */
export const PRINTED_BLOCKS: ReadonlySet<string> = new Set([
  'events',
  'http',
  'stream',
  'mail',
  'server',
  'location',
  'if',
  'limit_except',
  'upstream',
]);
