/**
 * Who holds the slots when the status page cannot be read and nothing is asked of an upstream: clients that never got a
 * byte have not brought their request whole. nginx has read what they sent, so it is not nginx that waits.
 */
import { FRESH_SHARE, type Occupancy, type SocketSum } from './occupancy.ts';

const MOST = 0.5;
const DOUBTFUL = 0.25;

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
  // Who goes on sending may be at the start of a body.
  if (bodies > DOUBTFUL * clientUnanswered || (sum.clientRecentlyReceived ?? 0) > FRESH_SHARE * client) return null;
  const text = `${clientUnanswered} of ${client} clients were never sent a byte, and have sent less than a request`;
  return { ...found, kind: 'slow-headers', text };
}
