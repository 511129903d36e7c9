/** Local ports in use towards one upstream peer, against the range there is: each (peer, port) pair exists once. */
import type { Evidence } from '../core/evidence.ts';
import { ownPeers, type PortRange, portRange, reusesTimeWait } from '../nginx/peer-ports.ts';
import { newest, seen, within } from './samples.ts';

export interface PeerPorts {
  readonly peer: string;
  readonly timeWait: number;
  readonly inUse: number;
}

/** The upstream peer (among `those`) with most local ports taken; null when sockets were not looked at lately. */
export function busiestPeer(
  evidence: Evidence,
  ageMs: number,
  those: (peer: string) => boolean = () => true,
): PeerPorts | null {
  const all = newest(evidence, 'sockets', ageMs)?.data.timeWaitByPeer ?? [];
  const looks = all.length === 0 ? [] : within(seen(evidence, 'sockets'), evidence.asOf, ageMs);
  const own = ownPeers(
    evidence.settings,
    looks.flatMap(({ data }) => data.workers),
  );
  const peers = all.filter(({ peer }) => (own === null || own.has(peer)) && those(peer));
  return peers.toSorted((a, b) => b.timeWait + b.inUse - a.timeWait - a.inUse)[0] ?? null;
}

/** Ports that no new connection can have. */
function portsTaken(evidence: Evidence, { peer, timeWait, inUse }: PeerPorts): number {
  const system = seen(evidence, 'system').at(-1)?.data;
  return inUse + (system !== undefined && reusesTimeWait(system, peer) ? 0 : timeWait);
}

/** The ephemeral ports there are; null when unknown. */
export function ephemeralPorts(evidence: Evidence): PortRange | null {
  const system = seen(evidence, 'system').at(-1)?.data;
  return system === undefined ? null : portRange(system);
}

export interface PortUse extends PeerPorts {
  /** Ports that no new connection can have, of how many there are. */
  readonly taken: number;
  readonly of: number;
  readonly ratio: number;
}

/** null when the sockets or the range of ports cannot be seen. */
export function readPorts(evidence: Evidence, ageMs: number): PortUse | null {
  const busiest = busiestPeer(evidence, ageMs);
  const range = ephemeralPorts(evidence);
  if (busiest === null || range === null) return null;
  const taken = portsTaken(evidence, busiest);
  return { ...busiest, taken, of: range.size, ratio: taken / range.size };
}
