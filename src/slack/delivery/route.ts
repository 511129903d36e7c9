/** Which channel an incident goes to: the first route that fits its severity and host, else the channel of all. */
import type { Incident } from '../../core/incident.ts';
import type { SlackConfig } from '../config.ts';

/** `*` any run, `?` one character; case does not matter. No regular expression: people type these patterns. */
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

/** Null when neither a route nor `slack.channel` takes it. */
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
