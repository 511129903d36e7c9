/** The sample of each worker's sockets, by peer: clients, upstream servers, nginx itself. */
import { z } from 'zod';
import {
  added,
  count,
  type Data,
  listOf,
  MOST_PEERS,
  MOST_PROCESSES,
  PATIENT,
  ROOT,
  type SampleKind,
  seen,
} from '../sample-kind.ts';

const held = z.object({ address: z.string(), sockets: count });

/** Who holds the sockets of one worker. Counts are estimates when `sampled` (large tables are sampled, totals exact). */
const sockets = z.object({
  pid: count,
  sampled: z.boolean().default(false),
  client: count,
  upstream: count,
  listening: count.default(0),
  /** Unix sockets that are neither a client's nor an upstream's: channels, syslog. */
  channel: count.default(0),
  resolver: count.default(0),
  unexplained: count.default(0),
  /** Established client sockets with bytes in their send queue: slow readers. */
  clientSendQueued: count.default(0),
  /** Client sockets with unread bytes in the receive queue. */
  clientRecvQueued: count.default(0),
  /** Client sockets that received a byte in the last 2.5 s; null when tcp_info is not available. */
  clientRecentlyReceived: seen,
  /** Client sockets that were never sent a byte; null or absent when tcp_info is not available. */
  clientUnanswered: added,
  /** Those of them that sent 4 KiB or more: a request body. */
  clientUnansweredBodies: added,
  /** Upstream sockets that have not received one byte yet; null when tcp_info is not available. */
  upstreamSilent: seen,
  /**
   * Upstream sockets whose last sent byte is younger than the last received one, or that never received any: they wait
   * for an answer, also when they were reused from a keepalive pool. Null or absent when tcp_info is not available.
   */
  upstreamAwaiting: added,
  /** Upstream sockets still connecting (SYN-SENT). */
  upstreamConnecting: count.default(0),
  /** Upstream sockets the peer has closed (CLOSE-WAIT). */
  upstreamCloseWait: count.default(0),
  /** Peer address → sockets, largest 8. */
  topClients: listOf(held, MOST_PEERS).default([]),
  topUpstreams: listOf(held, MOST_PEERS).default([]),
});

const schema = z.object({
  workers: listOf(sockets, MOST_PROCESSES),
  /** TIME_WAIT sockets by upstream peer `address:port`, largest 8, and local ports in use towards it. */
  timeWaitByPeer: listOf(z.object({ peer: z.string(), timeWait: count, inUse: count }), MOST_PEERS).default([]),
  tookMs: count.default(0),
});

export type WorkerSockets = Data<typeof sockets>;
export type SocketsData = Data<typeof schema>;

declare module '../sample.ts' {
  interface ProbeData {
    readonly sockets: SocketsData;
  }
}

export const sample: SampleKind<'sockets'> = {
  id: 'sockets',
  schema,
  blindSpot: { what: "who holds the workers' sockets", denied: ROOT },
  cost: 'high',
  patience: PATIENT,
  heavy: true,
};
