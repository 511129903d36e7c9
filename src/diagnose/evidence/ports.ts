/** Local ports in use towards one upstream peer, against the range there is: each (peer, port) pair exists once. */
import type { Evidence } from '../../core/evidence.ts';
import { isLoopback } from './peers.ts';
import { newest, seen, within } from './samples.ts';

export interface PeerPorts {
  readonly peer: string;
  readonly timeWait: number;
  readonly inUse: number;
}

/** Addresses that nginx itself connects to, by the configuration and by what its workers hold; null when not known. */
function ownUpstreams(evidence: Evidence, ageMs: number): ReadonlySet<string> | null {
  if (evidence.settings === null) return null;
  const written = evidence.settings.upstreams.flatMap(({ servers }) => servers.map(({ address }) => address));
  const held = within(seen(evidence, 'sockets'), evidence.asOf, ageMs).flatMap(({ data }) =>
    data.workers.flatMap(({ topUpstreams }) => topUpstreams.map(({ address }) => address)),
  );
  return new Set([...written, ...held]);
}

/** The upstream peer (among `those`) with most local ports taken; null when sockets were not looked at lately. */
export function busiestPeer(
  evidence: Evidence,
  ageMs: number,
  those: (peer: string) => boolean = () => true,
): PeerPorts | null {
  const all = newest(evidence, 'sockets', ageMs)?.data.timeWaitByPeer ?? [];
  const own = all.length === 0 ? null : ownUpstreams(evidence, ageMs);
  const peers = all.filter(({ peer }) => (own === null || own.has(peer)) && those(peer));
  return peers.toSorted((a, b) => b.timeWait + b.inUse - a.timeWait - a.inUse)[0] ?? null;
}

/** Ports that no new connection can have: with tcp_tw_reuse (2: on loopback) one in TIME_WAIT is free after 1 s. */
export function portsTaken(evidence: Evidence, { peer, timeWait, inUse }: PeerPorts): number {
  const reuse = seen(evidence, 'system').at(-1)?.data.tcpTwReuse ?? 0;
  const reusable = reuse === 1 || (reuse === 2 && isLoopback(peer));
  return inUse + (reusable ? 0 : timeWait);
}

/** Size of the ephemeral port range; null when unknown. */
export function portRange(
  evidence: Evidence,
): { readonly first: number; readonly last: number; readonly size: number } | null {
  const system = seen(evidence, 'system').at(-1)?.data;
  const [first, last] = [system?.ephemeralPortFirst ?? null, system?.ephemeralPortLast ?? null];
  return first === null || last === null ? null : { first, last, size: last - first + 1 };
}
