/**
 * Who holds the slots when the status page cannot be read and nothing is asked of an upstream: clients that never got a
 * byte have not brought their request whole. nginx has read what they sent, so it is not nginx that waits.
 */
import type { Occupancy, SocketSum } from './occupancy.ts';

const MOST = 0.5;
const DOUBTFUL = 0.25;
/** So many heard of in the last 2.5 s go on sending: it may be the start of a body. */
const SENDING = 0.6;

export function unansweredClients(sum: SocketSum): Omit<Occupancy, 'sockets' | 'at'> | null {
  const { client, clientUnanswered, clientRecvQueued } = sum;
  if (clientUnanswered === null || clientUnanswered <= MOST * client || clientRecvQueued > DOUBTFUL * client)
    return null;
  const found = { source: 'sockets', share: clientUnanswered / client } as const;
  const bodies = sum.clientUnansweredBodies ?? 0;
  if (bodies > MOST * clientUnanswered) {
    const text = `${bodies} of ${client} clients send a body and were never answered`;
    return { ...found, kind: 'slow-uploads', text };
  }
  if (bodies > DOUBTFUL * clientUnanswered || (sum.clientRecentlyReceived ?? 0) > SENDING * client) return null;
  const text = `${clientUnanswered} of ${client} clients were never sent a byte, and have sent less than a request`;
  return { ...found, kind: 'slow-headers', text };
}
