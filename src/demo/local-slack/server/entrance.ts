/**
 * Admits only visitors with the printed address to the page, because any user of this machine can reach the port. Its
 * key becomes a cookie at the first visit and leaves the address. Refuses everything without the cookie.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Handler } from './http-server.ts';
import { replyText } from './reply.ts';
import { sameSecret } from './same-secret.ts';

export interface Entrance {
  /** Runs `handler` for admitted visitors and answers all others with 403, unread. */
  guard(handler: Handler): Handler;
}

const CLOSED = 'This page opens with the whole address that gapwatch printed, with its key.';

function cookies(request: IncomingMessage): ReadonlyMap<string, string> {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='));
  return new Map(pairs.map(([name = '', value = '']) => [name, value]));
}

function letIn(response: ServerResponse, cookie: string): void {
  const headers = { 'set-cookie': `${cookie}; Path=/; HttpOnly; SameSite=Strict`, 'cache-control': 'no-store' };
  // The browser keeps the fragment, which names the channel.
  response.writeHead(303, { ...headers, 'referrer-policy': 'no-referrer', location: '/' }).end();
}

/** `port` is part of the cookie's name, because all ports of an address share cookies. */
export function createEntrance(pageKey: string, port: number): Entrance {
  const name = `gapwatch-${port}`;
  return {
    guard: (handler) => (request, response, url) => {
      const key = url.searchParams.get('key');
      if (request.method === 'GET' && url.pathname === '/' && key !== null) {
        if (sameSecret(key, pageKey)) letIn(response, `${name}=${pageKey}`);
        else replyText(response, 403, CLOSED);
        return;
      }
      if (sameSecret(cookies(request).get(name), pageKey)) return handler(request, response, url);
      replyText(response, 403, CLOSED);
    },
  };
}
