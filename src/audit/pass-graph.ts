/** Which server blocks of nginx pass to which others of the same nginx. */
import type { Listen, Pass, Place, Settings } from '../nginx/settings.ts';
import { endpointOf, isLoopback } from './addresses.ts';

export interface Hop {
  readonly pass: Pass;
  readonly listen: Listen;
  /** `FILE:LINE` of the server blocks at both ends. */
  readonly from: string;
  readonly to: string;
}

const ANY_HOST = new Set(['0.0.0.0', '::', '*', '']);

const serverKey = ({ file, line }: Place): string => `${file}:${line}`;

/** The listener of this nginx that `address` reaches; null when it leads elsewhere. */
function ownListener(address: string, listens: readonly Listen[], ownAddresses: readonly string[]): Listen | null {
  const { host, port } = endpointOf(address);
  const local = isLoopback(host) || ANY_HOST.has(host) || ownAddresses.includes(host);
  const fits = (listen: Listen): boolean => {
    if (listen.udp) return false;
    const own = endpointOf(listen.address);
    if (own.port === null || port === null) return own.host === host;
    return own.port === port && (own.host === host || (local && ANY_HOST.has(own.host)));
  };
  return listens.find(fits) ?? null;
}

/** The server block that nginx chooses there by the Host header it is sent; null when that cannot be told. */
function chosen(pass: Pass, { servers = [] }: Listen): Place | null {
  const [fallback] = servers;
  if (fallback === undefined || servers.length === 1) return fallback?.place ?? null;
  const forwarded = /^\$(host|http_host)$/.test(pass.hostHeader ?? '');
  const names = forwarded ? pass.serverNames : [pass.hostHeader ?? endpointOf(pass.upstream ?? '').host];
  if (names.some((name) => /[$*~]/.test(name))) return null;
  return servers.find((server) => server.names.some((name) => names.includes(name)))?.place ?? fallback.place;
}

/** Every pass that leads back into this nginx. */
export function ownHops({ passes, upstreams, listens }: Settings, ownAddresses: readonly string[]): readonly Hop[] {
  return passes.flatMap((pass) => {
    const group = upstreams.find(({ name, context }) => name === pass.upstream && context === pass.context);
    return (group?.servers ?? []).flatMap(({ address, down }): readonly Hop[] => {
      const listen = down ? null : ownListener(withPort(address, pass), listens, ownAddresses);
      const to = listen === null ? null : chosen(pass, listen);
      if (listen === null || to === null || pass.server === undefined) return [];
      return [{ pass, listen, from: serverKey(pass.server), to: serverKey(to) }];
    });
  });
}

/** A server of an http upstream without a port means port 80. */
function withPort(address: string, { context }: Pass): string {
  const { host, port } = endpointOf(address);
  return port !== null || context === 'stream' || /^unix:/i.test(host) ? address : `${address}:80`;
}
