/** A minimal Socket Mode client: records what it receives and acknowledges only on request. */
import WebSocket from 'ws';
import type { LocalSlack } from '../../../src/demo/local-slack/local-slack.ts';

export interface RawSocket {
  readonly received: readonly Readonly<Record<string, unknown>>[];
  /** The close code. */
  readonly closed: Promise<number>;
}

/** Resolves with the first message, so after `hello`. It goes away with the local Slack. */
export async function connect(localSlack: LocalSlack, manners: 'silent' | 'ack' = 'silent'): Promise<RawSocket> {
  const socket = new WebSocket(localSlack.url.replace('http', 'ws').slice(0, -1) + localSlack.sockets.newLinkPath());
  const received: Record<string, unknown>[] = [];
  const closed = new Promise<number>((resolve) => socket.on('close', (code) => resolve(code)));
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as Record<string, unknown>;
      received.push(message);
      if (manners === 'ack' && message.envelope_id !== undefined) {
        socket.send(JSON.stringify({ envelope_id: message.envelope_id, payload: {} }));
      }
      resolve();
    });
  });
  return { received, closed };
}
