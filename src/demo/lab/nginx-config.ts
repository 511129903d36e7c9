/** Renders the config of a lab nginx. It writes only below its prefix and listens only on loopback. */

export interface ConfigPlan {
  /** Default 2. */
  readonly workers?: number;
  readonly workerConnections: number;
  /** Level of the main error log. Default `error`, as in nginx: hides warn and notice. */
  readonly errorLevel?: 'info' | 'notice' | 'warn' | 'error';
  /** Lines for the main context, `events {}`, `http {}` and the one `server {}`. */
  readonly main?: string;
  readonly events?: string;
  readonly http?: string;
  readonly server: string;
  /** Added to the `listen` of the main server: `reuseport`, `backlog=16`, `ssl`. */
  readonly listenFlags?: string;
  /** `own`: a separate listener (default); `shared`: a location of the main server; `none`. */
  readonly status?: 'own' | 'shared' | 'none';
  /** `none` when a wrapper starts nginx as an ordinary user. Default: `workerUser`. */
  readonly user?: 'none';
  /** `timed` (default) has upstream addresses and times; `forwarded` also X-Forwarded-For; `combined` is nginx's own. */
  readonly accessFormat?: 'timed' | 'forwarded' | 'combined';
}

export interface ConfigPlace {
  readonly prefix: string;
  readonly port: number;
  readonly statusPort: number;
  /** `user` of the workers and their group; null when this process cannot choose them. */
  readonly workersAs: string | null;
  /** From `nginx -V`: a module that is not built in has no `_temp_path`. */
  readonly configureArguments: string;
}

/** Path of the status page on either port. */
export const STATUS_PATH = '/nginx_status';

const FORMATS = `log_format forwarded '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
      '"$http_referer" "$http_user_agent" "$http_x_forwarded_for" rt=$request_time';
  log_format timed '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
      '"$http_referer" "$http_user_agent" rt=$request_time uct=$upstream_connect_time '
      'uht=$upstream_header_time urt=$upstream_response_time ua=$upstream_addr';`;

const TEMP_PATHS = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'] as const;

/** The whole nginx.conf. */
export function renderConfig(plan: ConfigPlan, place: ConfigPlace): string {
  const status = plan.status ?? 'own';
  return `${place.workersAs !== null && plan.user === undefined ? `user ${place.workersAs};\n` : ''}worker_processes ${plan.workers ?? 2};
pid logs/nginx.pid;
lock_file logs/nginx.lock;
error_log logs/error.log${plan.errorLevel === undefined ? '' : ` ${plan.errorLevel}`};
${plan.main ?? ''}
events {
  worker_connections ${plan.workerConnections};
  ${plan.events ?? ''}
}
http {
  default_type text/plain;
  ${FORMATS}
  access_log logs/access.log ${plan.accessFormat ?? 'timed'};
  ${tempPaths(place.configureArguments)}
  ${plan.http ?? ''}
  server {
    listen 127.0.0.1:${place.port} ${plan.listenFlags ?? ''};
    root html;
    ${status === 'shared' ? statusLocation() : ''}
    ${plan.server}
  }
  ${status === 'own' ? statusServer(place.statusPort) : ''}
}
`;
}

function tempPaths(configureArguments: string): string {
  return TEMP_PATHS.filter((name) => !configureArguments.includes(`--without-http_${name}_module`))
    .map((name) => `${name}_temp_path temp/${name};`)
    .join('\n  ');
}

function statusLocation(): string {
  return `location = ${STATUS_PATH} { stub_status; access_log off; allow 127.0.0.1; deny all; }`;
}

function statusServer(port: number): string {
  return `server {
    listen 127.0.0.1:${port};
    ${statusLocation()}
  }`;
}
