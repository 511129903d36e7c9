/** Parses the build options of a binary from the output of `nginx -V`. */

export interface Build {
  /** `1.22.1`; null when nothing was said. */
  readonly version: string | null;
  /** With a trailing slash. */
  readonly prefix: string;
  readonly configFile: string;
  readonly pidFile: string;
  readonly errorLog: string;
  readonly accessLog: string;
  readonly hasStubStatus: boolean;
}

/** `text` is what `-V` wrote to stderr; paths that were not configured are nginx's own defaults (auto/options). */
export function readBuild(text: string): Build {
  const line = /^configure arguments:(.*)$/m.exec(text)?.[1] ?? null;
  // Read from left to right, so that nothing inside a quoted value passes for an option.
  const options = new Map<string, string>();
  for (const [, name = '', quoted, plain] of (line ?? '').matchAll(/--([\w-]+)(?:=(?:'([^']*)'|(\S+)))?/g)) {
    options.set(name, quoted ?? plain ?? '');
  }
  const prefix = `${(options.get('prefix') ?? '/usr/local/nginx').replace(/\/$/, '')}/`;
  const path = (name: string, fallback: string): string => {
    const written = options.get(name) ?? fallback;
    return written.startsWith('/') || written === 'stderr' ? written : prefix + written;
  };
  return {
    version: /^nginx version: [^/\s]+\/(\S+)/m.exec(text)?.[1] ?? null,
    prefix,
    configFile: path('conf-path', 'conf/nginx.conf'),
    pidFile: path('pid-path', 'logs/nginx.pid'),
    errorLog: path('error-log-path', 'logs/error.log'),
    accessLog: path('http-log-path', 'logs/access.log'),
    hasStubStatus: line === null || options.has('with-http_stub_status_module'),
  };
}
