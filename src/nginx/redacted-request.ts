/**
 * A request without what was asked for: its method and protocol stay, and its path becomes a number, the same one while
 * the same path comes again. So it can still be told whether one request failed again and again, or many did once.
 */

/** RFC 9110 and WebDAV (RFC 4918). */
const METHOD =
  /^(?:GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH|PROPFIND|PROPPATCH|MKCOL|COPY|MOVE|LOCK|UNLOCK)$/;
const NUMBERED = /^\/(?:~\d{1,9}|…)?$/;
const MOST_PATHS = 1024;

/** What stands for a path: `/~7`. */
export type PathNumbers = (path: string) => string;

/** `prefixes` are known from elsewhere and stay: `/api/~7`. */
export function createPathNumbers(prefixes: readonly string[] = []): PathNumbers {
  const folders = prefixes.map((prefix) => prefix.replace(/\/*$/, '/'));
  const longestFirst = folders.sort((a, b) => b.length - a.length);
  const known = new Map<string, string>();
  let last = 0;
  return (path) => {
    const found = known.get(path);
    if (found !== undefined) return found;
    if (known.size >= MOST_PATHS) known.clear();
    last++;
    const shown = `${longestFirst.find((prefix) => path.startsWith(prefix)) ?? '/'}~${last}`;
    known.set(path, shown);
    return shown;
  };
}

export function redactedPath(path: string, numbers: PathNumbers | null): string {
  if (NUMBERED.test(path)) return path;
  return numbers === null ? '/…' : numbers(path);
}

/** `GET /~7 HTTP/1.1`; `…` for what is no request. */
export function redactedRequest(request: string, numbers: PathNumbers | null): string {
  const space = request.indexOf(' ');
  const method = space < 0 ? '' : request.slice(0, space);
  if (!METHOD.test(method)) return '…';
  const protocol = / HTTP\/\d(?:\.\d)?$/.exec(request)?.[0] ?? '';
  const path = request.slice(space + 1, request.length - protocol.length);
  return `${method} ${redactedPath(path, numbers)}${protocol}`;
}
