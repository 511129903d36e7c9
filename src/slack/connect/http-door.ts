/**
 * The HTTP server of http mode, which may face the internet. Unverified clients share a fixed number of connections,
 * bytes and seconds, and the oldest gives way, so that half-sent requests can neither fill the memory nor block Slack.
 */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { Socket } from 'node:net';
import { within } from './within.ts';

/** Limit of one body. Slack's payloads stay below 100 KB. */
const MOST_BODY = 256 * 1024;
/** Larger bodies are read a few at a time. A slow sender gives way to the next after a time limit. */
const SMALL_BODY = 32 * 1024;
const MOST_LARGE = 8;
const LARGE_MS = 250;
/** Connections without a verified request. */
const MOST_STRANGERS = 128;
const REQUEST_MS = 10_000;
const IDLE_MS = 5_000;
/** After an immediate reset, a client that is still sending would not receive the answer. */
const LINGER_MS = 200;
/** Time for the answers to verified requests at a stop. */
const LAST_ANSWERS_MS = 1_000;

const TIMES = {
  headersTimeout: REQUEST_MS,
  requestTimeout: REQUEST_MS,
  keepAliveTimeout: IDLE_MS,
  // The default of 30 s would detect slow clients too late.
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 8 * 1024,
};

interface Refusal {
  readonly status: number;
  readonly why: string;
}

const TOO_LARGE: Refusal = { status: 413, why: 'it is too large' };
const BUSY: Refusal = { status: 503, why: 'other large requests are being read' };

export class HttpDoor {
  private readonly server: Server;
  private readonly strangers = new Set<Socket>();
  /** Requests whose large bodies are being read, oldest first, with their start times. */
  private readonly large = new Map<IncomingMessage, number>();

  constructor(listener: RequestListener) {
    this.server = createServer(TIMES, listener);
    this.server.maxHeadersCount = 64;
    this.server.on('connection', (socket) => this.welcome(socket));
  }

  /** Rejects when the address is not available. */
  listen(port: number, host: string, onError: (error: Error) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        // Such as too many open files. The next connection is accepted when there is room again.
        this.server.on('error', onError);
        resolve();
      });
    });
  }

  /** The whole body. Rejects when the connection ends early. */
  async read(request: IncomingMessage): Promise<Buffer | Refusal> {
    const size = Number(request.headers['content-length'] ?? MOST_BODY);
    if (size > MOST_BODY) return TOO_LARGE;
    if (size > SMALL_BODY && !this.admit(request)) return BUSY;
    try {
      return await gather(request);
    } finally {
      this.large.delete(request);
    }
  }

  /** Answers with the status and closes the connection without reading further. */
  refuse(request: IncomingMessage, response: ServerResponse, status: number): void {
    if (request.complete) {
      response.writeHead(status).end();
      return;
    }
    // Not through `response`: Node would read the rest of the body to keep the connection.
    const { socket } = request;
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  }

  /** Marks a connection that sent a verified request. */
  trust(socket: Socket): void {
    this.strangers.delete(socket);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeIdleConnections();
    for (const socket of this.strangers) socket.destroy();
    await within(LAST_ANSWERS_MS, closed);
    this.server.closeAllConnections();
  }

  private welcome(socket: Socket): void {
    this.strangers.add(socket);
    socket.once('close', () => this.strangers.delete(socket));
    const oldest = this.strangers.values().next().value;
    if (this.strangers.size > MOST_STRANGERS) oldest?.destroy();
  }

  private admit(request: IncomingMessage): boolean {
    const now = performance.now();
    const [oldest] = this.large;
    if (this.large.size >= MOST_LARGE && oldest !== undefined) {
      const [slow, since] = oldest;
      if (now - since < LARGE_MS) return false;
      this.large.delete(slow);
      slow.socket.destroy();
    }
    this.large.set(request, now);
    return true;
  }
}

function gather(request: IncomingMessage): Promise<Buffer | Refusal> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    request.on('data', (part: Buffer) => {
      size += part.length;
      parts.push(part);
      if (size <= MOST_BODY) return;
      request.pause();
      resolve(TOO_LARGE);
    });
    request.on('end', () => resolve(Buffer.concat(parts)));
    request.on('close', () => reject(new Error('the connection ended before the request did')));
    request.on('error', reject);
  });
}
