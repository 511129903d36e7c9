/** Whether requests that reach a listener of this nginx may come back to it, as far as the configuration shows. */
import type { Evidence } from '../core/evidence.ts';
import type { Listen, Pass, Place } from '../core/settings.ts';
import { mayListenAt, ownListener } from './peers.ts';
import { isAddress, type SettingsIndex, settingsIndex } from './settings-index.ts';

/** Where these pass to; null when a variable or a name decides it. */
function targetsOf(passes: readonly Pass[], { groupsNamed }: SettingsIndex): readonly string[] | null {
  const addresses: string[] = [];
  for (const { upstream } of passes) {
    if (upstream === null) return null;
    for (const { servers } of groupsNamed(upstream)) for (const { address } of servers) addresses.push(address);
  }
  return addresses.every(isAddress) ? addresses : null;
}

/** False only when every way on from there is known and none returns: a server may well pass to another of the same nginx. */
export function mayLeadBack(evidence: Evidence, start: Listen): boolean {
  const { settings } = evidence;
  if (settings === null || settings.origin === 'fragment') return true;
  const index = settingsIndex(settings);
  const reached = new Set([start]);
  const passed = new Set<Pass>();
  for (const listen of reached) {
    if (listen.servers === undefined) return true;
    const places: (Place | null)[] = [null, ...listen.servers.map(({ place }) => place)];
    const fresh = places.flatMap((place) => index.passesOf(place)).filter((pass) => !passed.has(pass));
    const targets = targetsOf(fresh, index);
    if (targets === null) return true;
    for (const pass of fresh) passed.add(pass);
    for (const address of targets) {
      const own = ownListener(evidence, address);
      if (own === start || (own === null && mayListenAt(evidence, address))) return true;
      if (own !== null) reached.add(own);
    }
  }
  return false;
}
