/** A backend that answers completely and leaves closing to its peer, which then keeps the TIME_WAIT. */
import { createServer, type Server, type Socket } from 'node:net';

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n';

export class LateCloser {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Time from request to answer. */
  afterMs = 0;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => this.#serve(socket));
  }

  /** Listens on a free port of 127.0.0.1. */
  static async start(): Promise<LateCloser> {
    const server = createServer({ allowHalfOpen: true });
    const backend = new LateCloser(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return backend;
  }

  get address(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the backend is stopped');
    return `127.0.0.1:${address.port}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.once('data', () => setTimeout(() => socket.writable && socket.write(ANSWER), this.afterMs));
    socket.on('end', () => socket.end());
  }
}
