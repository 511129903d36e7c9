/** The HTTP server for Web API, uploads, response URLs, Socket Mode upgrades and the page, on one loopback port. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { GapwatchError } from '../../../core/errors.ts';
import type { Logger } from '../../../core/logger.ts';
import { assertLoopback, strangeRequest } from './loopback.ts';
import { replyText } from './reply.ts';

export type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void> | void;

export interface Routes {
  /** The handler of a path; undefined without one. */
  find(method: string, path: string): Handler | undefined;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

export interface RunningServer {
  readonly port: number;
  /** Before the first call every request is answered 503. */
  serve(routes: Routes): void;
  close(): Promise<void>;
}

const STARTING: Routes = {
  find: () => (_request, response) => replyText(response, 503, 'starting'),
  upgrade: (_request, socket) => socket.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n\r\n'),
};

/** Any user of this machine can connect, so connections are limited in number and time. */
const LIMITS = { headersTimeout: 10_000, requestTimeout: 10_000, connectionsCheckingInterval: 1_000 };
const MOST_CONNECTIONS = 256;

/** Listens. Rejects when the address is not loopback or the port is taken. The routes follow when the port is known. */
export async function startHttpServer(options: {
  readonly host: string;
  readonly port: number;
  readonly logger: Logger;
}): Promise<RunningServer> {
  assertLoopback(options.host);
  let routes: Routes = STARTING;
  const server = createServer(LIMITS, (request, response) => {
    handle(request, response, routes).catch((error: unknown) => {
      options.logger.error({ err: error, path: request.url }, 'local slack failed on a request');
      if (response.headersSent) response.destroy();
      else replyText(response, error instanceof RangeError ? 400 : 500, error instanceof Error ? error.message : '');
    });
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.on('upgrade', (request, socket, head) => {
    // The socket has no other error listener now, and a reset by the client would end the process.
    socket.on('error', () => socket.destroy());
    if (strangeRequest(request) === null && request.url?.startsWith('/link/') === true) {
      routes.upgrade(request, socket, head);
    } else {
      socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n');
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(error, options)));
    server.listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    serve(ready) {
      routes = ready;
    },
    close: () => stop(server),
  };
}

function cannotListen(cause: Error, { host, port }: { readonly host: string; readonly port: number }): GapwatchError {
  return new GapwatchError('USAGE', `the local Slack cannot listen on ${host}:${port}: ${cause.message}`, {
    hint: 'Choose another port, or 0 for any free one.',
    cause,
  });
}

async function handle(request: IncomingMessage, response: ServerResponse, routes: Routes): Promise<void> {
  const strange = strangeRequest(request);
  if (strange !== null) {
    replyText(response, 403, `refused: ${strange}`);
    return;
  }
  const target = request.url ?? '/';
  if (!URL.canParse(target, 'http://localhost')) {
    replyText(response, 400, 'no address');
    return;
  }
  const url = new URL(target, 'http://localhost');
  const handler = routes.find(request.method ?? 'GET', url.pathname);
  if (handler === undefined) replyText(response, 404, 'not found');
  else await handler(request, response, url);
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
