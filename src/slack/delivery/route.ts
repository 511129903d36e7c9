/** Which channel an incident goes to: the first route that fits its severity and host, else the channel of all. */
import type { Incident } from '../../core/incident.ts';
import type { SlackConfig } from '../config.ts';

/** `*` any run, `?` one character; everything else is itself. Case does not matter in host names. */
export function fitsGlob(glob: string, name: string): boolean {
  const pattern = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${pattern}$`, 'i').test(name);
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
