/** Whether requests that reach a listener of this nginx may come back to it, as far as the configuration tells. */
import type { Evidence } from '../../core/evidence.ts';
import type { Listen, Place } from '../../nginx/settings.ts';
import { isAddress, mayListenAt, ownListener } from './peers.ts';

const keyOf = ({ file, line }: Place): string => `${file}:${line}`;

/** Where the servers behind the listener pass to; null when a variable or a name decides it, or they are not known. */
function targetsOf({ settings }: Evidence, { servers }: Listen): readonly string[] | null {
  if (settings === null || settings.origin === 'fragment' || servers === undefined) return null;
  const places = new Set(servers.map(({ place }) => keyOf(place)));
  const passes = settings.passes.filter(({ server }) => server === undefined || places.has(keyOf(server)));
  const names = new Set(passes.map(({ upstream }) => upstream));
  const groups = settings.upstreams.filter(({ name }) => names.has(name));
  const addresses = groups.flatMap((group) => group.servers.map(({ address }) => address));
  return names.has(null) || !addresses.every(isAddress) ? null : addresses;
}

/** False only when every way on from there is known and none returns: a server may well pass to another of the same nginx. */
export function mayLeadBack(evidence: Evidence, start: Listen): boolean {
  const reached = new Set([start]);
  for (const listen of reached) {
    const targets = targetsOf(evidence, listen);
    if (targets === null) return true;
    for (const address of targets) {
      const own = ownListener(evidence, address);
      if (own === start || (own === null && mayListenAt(evidence, address))) return true;
      if (own !== null) reached.add(own);
    }
  }
  return false;
}
