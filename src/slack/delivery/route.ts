/** Chooses the channel of an incident: the first matching route by severity and host, else `slack.channel`. */
import { fitsGlob } from '../../core/glob.ts';
import type { Incident } from '../../core/incident.ts';
import type { SlackConfig } from '../config.ts';

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
