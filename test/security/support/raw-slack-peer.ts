/** A Slack without manners: answers the two calls of a start, then sends over the socket whatever a test asks for. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export interface RawSlack {
  readonly apiUrl: string;
  /** Open connections, oldest first. */
  readonly sockets: readonly WebSocket[];
  /** Envelope ids that were acknowledged. */
  readonly acked: readonly unknown[];
  /** Web API methods that were called, in order. */
  readonly called: readonly string[];
}

const ANSWERS: Readonly<Record<string, object>> = {
  'auth.test': { team_id: 'T0LOCALTEAM', user_id: 'U0GAPWATCH0', bot_id: 'B0GAPWATCH0' },
  'users.info': { user: { id: 'U0LOCALANA', team_id: 'T0LOCALTEAM' } },
};

export interface RawSlackPeer extends RawSlack {
  close(): void;
}

/** For whoever closes it himself. */
export async function openRawSlack(): Promise<RawSlackPeer> {
  const sockets: WebSocket[] = [];
  const acked: unknown[] = [];
  const called: string[] = [];
  const server = createServer((request, response) => {
    request.resume();
    const method = request.url?.split('/').at(-1) ?? '';
    called.push(method);
    const { port } = server.address() as AddressInfo;
    const url = `ws://127.0.0.1:${port}/link`;
    const answer = method === 'apps.connections.open' ? { url } : (ANSWERS[method] ?? {});
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ok: true, ...answer }));
  });
  const hub = new WebSocketServer({ server, perMessageDeflate: true });
  hub.on('connection', (socket) => {
    sockets.push(socket);
    socket.on('close', () => sockets.splice(sockets.indexOf(socket), 1));
    socket.on('error', () => {});
    socket.on('message', (data) => acked.push((JSON.parse(String(data)) as { envelope_id?: unknown }).envelope_id));
    socket.send('{"type":"hello"}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = (): void => {
    for (const socket of sockets) socket.terminate();
    hub.close();
    server.closeAllConnections();
    server.close();
  };
  const { port } = server.address() as AddressInfo;
  return { apiUrl: `http://127.0.0.1:${port}/api/`, sockets, acked, called, close };
}
