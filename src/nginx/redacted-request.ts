/**
 * Redacts a request line: method and protocol stay, and the path becomes a number, the same number for the same path. So
 * repeated failures of one request stay distinguishable from single failures of many.
 */
import { isPlainName } from './plain-name.ts';

/** RFC 9110 and WebDAV (RFC 4918). */
const METHOD =
  /^(?:GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH|PROPFIND|PROPPATCH|MKCOL|COPY|MOVE|LOCK|UNLOCK)$/;
const NUMBERED = /^\/(?:~\d{1,9}|…)?$/;
const PREFIXED = /^\/[\w./-]{1,129}\/~\d{1,9}$/;
const NO_PREFIXES: readonly string[] = [];
const MOST_PATHS = 1024;

/** The replacement of a path: `/~7`. */
export type PathNumbers = (path: string) => string;

const sortedFolders = (prefixes: readonly string[]): readonly string[] =>
  prefixes.map((prefix) => prefix.replace(/\/*$/, '/')).sort((a, b) => b.length - a.length);

/** `prefixes` are those of the configuration and stay: `/api/~7`. Another array replaces the former ones. */
export function createPathNumbers(prefixes: () => readonly string[] = () => NO_PREFIXES): PathNumbers {
  let seen = prefixes();
  let longestFirst = sortedFolders(seen);
  const known = new Map<string, string>();
  let last = 0;
  return (path) => {
    const now = prefixes();
    if (now !== seen) {
      // A reload that changes no location keeps the numbers.
      if (now.join(' ') !== seen.join(' ')) known.clear();
      seen = now;
      longestFirst = sortedFolders(now);
    }
    const found = known.get(path);
    if (found !== undefined) return found;
    if (known.size >= MOST_PATHS) known.clear();
    last++;
    const shown = `${longestFirst.find((prefix) => path.startsWith(prefix)) ?? '/'}~${last}`;
    known.set(path, shown);
    return shown;
  };
}

/** With a prefix: only where the path has been redacted before, as a client can write such a one. */
const isNumbered = (path: string): boolean =>
  PREFIXED.test(path) && path.slice(0, path.lastIndexOf('~')).split(/[./]/).every(isPlainName);

/** `numbers` null: of a signal that was redacted before. */
export function redactedPath(path: string, numbers: PathNumbers | null): string {
  if (NUMBERED.test(path)) return path;
  if (numbers !== null) return numbers(path);
  return isNumbered(path) ? path : '/…';
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
