/** Local ports in use towards one upstream peer, against the range there is: each (peer, port) pair exists once. */
import type { Evidence } from '../../core/evidence.ts';
import { newest, seen } from './samples.ts';

export interface PeerPorts {
  readonly peer: string;
  readonly timeWait: number;
  readonly inUse: number;
}

/** The peer with most local ports taken; null when sockets were not looked at lately. */
export function busiestPeer(evidence: Evidence, ageMs: number): PeerPorts | null {
  const peers = newest(evidence, 'sockets', ageMs)?.data.timeWaitByPeer ?? [];
  return peers.toSorted((a, b) => b.timeWait + b.inUse - a.timeWait - a.inUse)[0] ?? null;
}

/** Size of the ephemeral port range; null when unknown. */
export function portRange(
  evidence: Evidence,
): { readonly first: number; readonly last: number; readonly size: number } | null {
  const system = seen(evidence, 'system').at(-1)?.data;
  const [first, last] = [system?.ephemeralPortFirst ?? null, system?.ephemeralPortLast ?? null];
  return first === null || last === null ? null : { first, last, size: last - first + 1 };
}
