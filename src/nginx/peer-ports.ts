/** Local ports towards upstream peers: whose peers they are, how many ports there are, and when one is free again. */
import type { WorkerSockets } from '../core/samples/sockets.ts';
import type { SystemData } from '../core/samples/system.ts';
import type { Settings } from '../core/settings.ts';

/** Addresses that nginx itself connects to, by the configuration and by what its workers hold; null when not known. */
export function ownPeers(settings: Settings | null, workers: readonly WorkerSockets[]): ReadonlySet<string> | null {
  if (settings === null) return null;
  const written = settings.upstreams.flatMap(({ servers }) => servers.map(({ address }) => address));
  const held = workers.flatMap(({ topUpstreams }) => topUpstreams.map(({ address }) => address));
  return new Set([...written, ...held]);
}

/** A port in TIME_WAIT is free after 1 s with tcp_tw_reuse 1, with 2 on loopback only (networking/ip-sysctl.rst). */
export function reusesTimeWait({ tcpTwReuse }: Pick<SystemData, 'tcpTwReuse'>, peer: string): boolean {
  return tcpTwReuse === 1 || (tcpTwReuse === 2 && /^(127\.|\[::1\])/.test(peer));
}

export interface PortRange {
  readonly first: number;
  readonly last: number;
  readonly size: number;
}

/** net.ipv4.ip_local_port_range, both ends included; null when unknown. */
export function portRange({ ephemeralPortFirst: first, ephemeralPortLast: last }: SystemData): PortRange | null {
  return first === null || last === null ? null : { first, last, size: last - first + 1 };
}
