/**
 * Slack's side of Socket Mode (docs: "Using Socket Mode"): hello, envelopes to one of the connections, acks within 3 s,
 * pings, and on demand the failures of real connections.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { WallTime } from '../../../core/clock.ts';
import type { Logger } from '../../../core/logger.ts';
import { isJson, type Json, text } from '../state/json.ts';
import { ACK_MS, type Delivery, type Envelope, type Transport } from './envelope.ts';

const MAX_CONNECTIONS = 10;
const PING_EVERY_MS = 10_000;

export type DisconnectReason = 'warning' | 'refresh_requested' | 'link_disabled' | 'too_many_websockets';

export interface SocketHubDeps {
  readonly appId: string;
  readonly clock: WallTime;
  readonly logger: Logger;
}

interface Link {
  readonly socket: WebSocket;
  readonly pings: NodeJS.Timeout;
  /** Half-open: sends nothing and ignores what it receives. */
  deaf: boolean;
  /** Asked to reconnect: receives no more envelopes. */
  leaving: boolean;
}

interface Waiting {
  readonly sentAt: number;
  settle(delivery: Delivery): void;
}

export class SocketHub implements Transport {
  readonly #server = new WebSocketServer({ noServer: true, autoPong: false, maxPayload: 4 * 1024 * 1024 });
  readonly #links: Link[] = [];
  readonly #tickets = new Set<string>();
  readonly #waiting = new Map<string, Waiting>();
  readonly #deps: SocketHubDeps;
  #turn = 0;
  #strayAcks = 0;

  constructor(deps: SocketHubDeps) {
    this.#deps = deps;
  }

  /** Number of working connections. */
  get connections(): number {
    return this.#links.filter(({ deaf }) => !deaf).length;
  }

  /** Acks that were late, repeated, or without an envelope. */
  get strayAcks(): number {
    return this.#strayAcks;
  }

  /** Path and query of a link for one use. */
  newLinkPath(): string {
    const ticket = randomBytes(16).toString('hex');
    this.#tickets.add(ticket);
    return `/link/?ticket=${ticket}&app_id=${this.#deps.appId}`;
  }

  /** Takes over an HTTP upgrade. Refuses an unknown ticket with 401. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const ticket = new URL(request.url ?? '/', 'http://localhost').searchParams.get('ticket') ?? '';
    if (!this.#tickets.delete(ticket)) {
      socket.end('HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n');
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (open) => this.#welcome(open));
  }

  deliver(envelope: Envelope): Promise<Delivery> {
    const link = this.#next();
    if (link === undefined) return Promise.resolve({ ok: false, error: 'dispatch_failed' });
    const id = randomUUID();
    return new Promise((resolve) => {
      const deadline = setTimeout(() => this.#settle(id, { ok: false, error: 'operation_timeout' }), ACK_MS);
      const settle = (delivery: Delivery) => {
        clearTimeout(deadline);
        resolve(delivery);
      };
      this.#waiting.set(id, { sentAt: this.#deps.clock.now(), settle });
      if (!link.deaf) link.socket.send(JSON.stringify(wire(id, envelope)));
    });
  }

  /** Asks the oldest `count` clients to reconnect; their links close after `closeAfterMs`, as Slack does. */
  refresh(reason: DisconnectReason = 'refresh_requested', count = MAX_CONNECTIONS, closeAfterMs = 10_000): void {
    for (const link of this.#links.slice(0, count)) {
      link.leaving = true;
      this.#disconnect(link.socket, reason);
      setTimeout(() => link.socket.close(), closeAfterMs).unref();
    }
  }

  /** Cuts the oldest `count` connections without a close handshake. */
  drop(count = MAX_CONNECTIONS): void {
    for (const { socket } of this.#links.slice(0, count)) socket.terminate();
  }

  /** The oldest `count` connections stay open but silent: no pongs, no envelopes, acks ignored. */
  halfOpen(count = MAX_CONNECTIONS): void {
    for (const link of this.#links.slice(0, count)) link.deaf = true;
  }

  close(): void {
    for (const { settle } of this.#waiting.values()) settle({ ok: false, error: 'dispatch_failed' });
    this.#waiting.clear();
    this.drop();
    this.#server.close();
  }

  #welcome(socket: WebSocket): void {
    if (this.#links.length >= MAX_CONNECTIONS) {
      this.#disconnect(socket, 'too_many_websockets');
      socket.close();
      return;
    }
    const link: Link = {
      socket,
      deaf: false,
      leaving: false,
      pings: setInterval(() => {
        if (!link.deaf) socket.ping('slack');
      }, PING_EVERY_MS).unref(),
    };
    this.#links.push(link);
    socket.on('ping', (data) => {
      if (!link.deaf) socket.pong(data);
    });
    socket.on('message', (data) => {
      if (!link.deaf) this.#heard(data);
    });
    socket.on('error', (error) => this.#deps.logger.debug({ err: error }, 'local slack: socket error'));
    socket.on('close', () => this.#forget(link));
    socket.send(
      JSON.stringify({
        type: 'hello',
        num_connections: this.#links.length,
        debug_info: { host: 'gapwatch-local-slack', build_number: 1, approximate_connection_time: 3600 },
        connection_info: { app_id: this.#deps.appId },
      }),
    );
  }

  #heard(data: RawData): void {
    const message = parse(data);
    const id = text(message?.envelope_id);
    const payload = message?.payload;
    if (id === undefined || !this.#settleWith(id, isJson(payload) ? payload : {})) this.#strayAcks += 1;
  }

  #settleWith(id: string, payload: Json): boolean {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return false;
    this.#settle(id, { ok: true, payload, tookMs: this.#deps.clock.now() - waiting.sentAt });
    return true;
  }

  #settle(id: string, delivery: Delivery): void {
    this.#waiting.get(id)?.settle(delivery);
    this.#waiting.delete(id);
  }

  /** Slack sends each payload to one connection of its choice; here they take turns. */
  #next(): Link | undefined {
    const staying = this.#links.filter(({ leaving }) => !leaving);
    this.#turn += 1;
    return staying[this.#turn % Math.max(1, staying.length)];
  }

  #disconnect(socket: WebSocket, reason: DisconnectReason): void {
    socket.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'gapwatch-local-slack' } }));
  }

  #forget(link: Link): void {
    clearInterval(link.pings);
    const at = this.#links.indexOf(link);
    if (at !== -1) this.#links.splice(at, 1);
  }
}

function wire(id: string, envelope: Envelope): Json {
  const { type, payload, acceptsResponse, retryAttempt, retryReason } = envelope;
  const retry = type === 'events_api' ? { retry_attempt: retryAttempt ?? 0, retry_reason: retryReason ?? '' } : {};
  return { envelope_id: id, type, payload, accepts_response_payload: acceptsResponse, ...retry };
}

function parse(data: RawData): Json | undefined {
  try {
    const value: unknown = JSON.parse(data.toString());
    return isJson(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
