/** An HTTP backend on loopback whose behaviour can change while it runs. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export type Behaviour =
  /** Answers `status` (default 200) with a few bytes after `afterMs`. */
  | { readonly kind: 'answer'; readonly afterMs: number; readonly status?: number }
  /** Reads the request and never answers. */
  | { readonly kind: 'hang' }
  /** Closes the connection after the request without an answer. */
  | { readonly kind: 'close' }
  /** Resets the connection when a request arrives after `idleMs` of idleness: the race with the peer's idle timeout. */
  | { readonly kind: 'reset-idle'; readonly idleMs: number }
  /** An event stream: headers at once, a line every `everyMs`, without an end. */
  | { readonly kind: 'stream'; readonly everyMs: number };

export interface BackendOptions {
  readonly behaviour: Behaviour;
  /** Paths with a different behaviour. */
  readonly paths?: Readonly<Record<string, Behaviour>>;
  /** Absolute path of a unix socket; default: a free TCP port on 127.0.0.1. */
  readonly unixPath?: string;
  /** Port to listen on again after a stop. Default: any free one. */
  readonly port?: number;
  /** How long it keeps an idle connection. Default 60000. */
  readonly keepAliveMs?: number;
}

export class Backend {
  readonly #server: Server;
  /** Each connection with the time of its last answer (ms since the epoch; 0 without one). */
  readonly #sockets = new Map<Socket, number>();
  readonly #paths: Readonly<Record<string, Behaviour>>;
  #behaviour: Behaviour;

  private constructor(server: Server, options: BackendOptions) {
    this.#server = server;
    this.#behaviour = options.behaviour;
    this.#paths = options.paths ?? {};
    server.on('connection', (socket: Socket) => {
      this.#sockets.set(socket, 0);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => this.#sockets.delete(socket));
    });
    server.on('request', (request: IncomingMessage, response: ServerResponse) => this.#respond(request, response));
    server.on('upgrade', acceptWebsocket);
  }

  /** Resolves once it listens. */
  static async start(options: BackendOptions): Promise<Backend> {
    const server = createServer({ keepAliveTimeout: options.keepAliveMs ?? 60_000, requestTimeout: 0 });
    const backend = new Backend(server, options);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      if (options.unixPath !== undefined) server.listen(options.unixPath, resolve);
      else server.listen(options.port ?? 0, '127.0.0.1', resolve);
    });
    return backend;
  }

  /** For `proxy_pass` and `server`: `127.0.0.1:41234` or `unix:/…/app.sock`. */
  get address(): string {
    const address = this.#server.address();
    if (address === null) throw new Error('the backend is stopped');
    return typeof address === 'string' ? `unix:${address}` : `127.0.0.1:${address.port}`;
  }

  /** Applies from the next request. */
  behave(behaviour: Behaviour): void {
    this.#behaviour = behaviour;
  }

  /** Stops listening and resets every connection. Its port is free afterwards. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets.keys()) socket.destroy();
    await closed;
  }

  #respond(request: IncomingMessage, response: ServerResponse): void {
    const behaviour = this.#paths[request.url ?? ''] ?? this.#behaviour;
    if (behaviour.kind === 'close') request.socket.destroy();
    else request.resume();
    if (behaviour.kind === 'answer') answerLater(response, behaviour.afterMs, behaviour.status ?? 200);
    if (behaviour.kind === 'reset-idle') this.#resetIdle(request.socket, response, behaviour.idleMs);
    if (behaviour.kind === 'stream') stream(response, behaviour.everyMs);
  }

  #resetIdle(socket: Socket, response: ServerResponse, idleMs: number): void {
    const lastAt = this.#sockets.get(socket) ?? 0;
    if (lastAt > 0 && Date.now() - lastAt >= idleMs) {
      socket.resetAndDestroy();
      return;
    }
    this.#sockets.set(socket, Date.now());
    response.end('fresh\n');
  }
}

function answerLater(response: ServerResponse, afterMs: number, status: number): void {
  const timer = setTimeout(() => response.writeHead(status).end('answered\n'), afterMs);
  response.on('close', () => clearTimeout(timer));
}

function stream(response: ServerResponse, everyMs: number): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
  response.write('data: hello\n\n');
  const timer = setInterval(() => response.write('data: tick\n\n'), everyMs);
  response.on('close', () => clearInterval(timer));
}

/** Accepts any upgrade and echoes: nginx counts bytes, not frames. */
function acceptWebsocket(_request: IncomingMessage, socket: Duplex): void {
  socket.on('error', () => socket.destroy());
  socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
  socket.pipe(socket);
}
