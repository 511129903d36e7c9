/** Which server blocks of nginx pass to which others of the same nginx. */
import type { Listen, Pass, Place, Settings } from '../nginx/settings.ts';
import { endpointOf, isLoopback } from './addresses.ts';
import { groupBy } from './grouping.ts';
import { placeText } from './words.ts';

export interface Hop {
  readonly pass: Pass;
  readonly listen: Listen;
  /** `FILE:LINE` of the server blocks at both ends. */
  readonly from: string;
  readonly to: string;
}

const ANY_HOST = new Set(['0.0.0.0', '::', '*', '']);

interface Own {
  readonly listen: Listen;
  readonly host: string;
  /** The server blocks by name; of those with the same one nginx takes the first. */
  readonly byName: ReadonlyMap<string, Place>;
}

function describe(listen: Listen): Own {
  const named = (listen.servers ?? []).flatMap(({ names, place }) => names.map((name) => [name, place] as const));
  return { listen, host: endpointOf(listen.address).host, byName: new Map(named.reverse()) };
}

/** By port; unix sockets under null. */
const byPort = (listens: readonly Listen[]): ReadonlyMap<number | null, readonly Own[]> =>
  groupBy(listens.filter(({ udp }) => udp !== true).map(describe), ({ listen }) => endpointOf(listen.address).port);

/** The server block that nginx chooses there by the Host header it is sent; null when that cannot be told. */
function chosen(pass: Pass, { listen: { servers = [] }, byName }: Own): Place | null {
  const [fallback] = servers;
  if (fallback === undefined || servers.length === 1) return fallback?.place ?? null;
  const forwarded = /^\$(host|http_host)$/.test(pass.hostHeader ?? '');
  const names = forwarded ? pass.serverNames : [pass.hostHeader ?? endpointOf(pass.upstream ?? '').host];
  if (names.some((name) => /[$*~]/.test(name))) return null;
  const known = names.find((name) => byName.has(name));
  return (known === undefined ? null : byName.get(known)) ?? fallback.place;
}

/** A server of an http upstream without a port means port 80. */
function withPort(address: string, { context }: Pass): string {
  const { host, port } = endpointOf(address);
  return port !== null || context === 'stream' || /^unix:/i.test(host) ? address : `${address}:80`;
}

/** Every pass that leads back into this nginx. */
export function ownHops({ passes, upstreams, listens }: Settings, ownAddresses: readonly string[]): readonly Hop[] {
  const groups = new Map(upstreams.map(({ context, name, servers }) => [`${context} ${name}`, servers]));
  const owns = byPort(listens);
  const addresses = new Set(ownAddresses);

  /** The listener of this nginx that `address` reaches. */
  const ownAt = (address: string): Own | undefined => {
    const { host, port } = endpointOf(address);
    const local = isLoopback(host) || ANY_HOST.has(host) || addresses.has(host);
    return owns.get(port)?.find((own) => own.host === host || (port !== null && local && ANY_HOST.has(own.host)));
  };

  return passes.flatMap((pass) =>
    (groups.get(`${pass.context} ${pass.upstream}`) ?? []).flatMap(({ address, down }): readonly Hop[] => {
      const own = down ? undefined : ownAt(withPort(address, pass));
      const to = own === undefined ? null : chosen(pass, own);
      if (own === undefined || to === null || pass.server === undefined) return [];
      return [{ pass, listen: own.listen, from: placeText(pass.server), to: placeText(to) }];
    }),
  );
}
