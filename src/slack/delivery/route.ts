/** Chooses the channel of an incident: the first matching route by severity and host, else `slack.channel`. */
import type { Incident } from '../../core/incident.ts';
import type { SlackConfig } from '../config.ts';

/**
 * `*` matches any run, `?` one character, without regard to case. Not a regular expression, because people type these
 * patterns.
 */
export function fitsGlob(glob: string, name: string): boolean {
  const [pattern, text] = [glob.toLowerCase(), name.toLowerCase()];
  let [at, seen, star, retry] = [0, 0, -1, 0];
  while (seen < text.length) {
    if (pattern[at] === '*') {
      star = at++;
      retry = seen;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[seen])) {
      at++;
      seen++;
    } else if (star >= 0) {
      at = star + 1;
      seen = ++retry;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}

/** Null when neither a route nor `slack.channel` matches. */
export function channelFor(
  { severity, host }: Incident,
  config: Pick<SlackConfig, 'routes' | 'channel'>,
): string | null {
  const route = config.routes.find(
    (candidate) =>
      (candidate.severity === undefined || candidate.severity.includes(severity)) &&
      (candidate.host === undefined || fitsGlob(candidate.host, host)),
  );
  return route?.channel ?? config.channel ?? null;
}
