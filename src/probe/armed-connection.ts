/**
 * Keeps a connection to the status page that works when every slot is taken (src/nginx/README.md §5). Half of the next
 * request is always sent, so nginx counts the connection as Reading and never reuses it. Each request sends its missing
 * half and the next half in one write: between two writes the connection would be idle, and nginx could close it.
 */
import type { Attempt } from '../core/samples/stub-status.ts';
import type { Host } from './host.ts';
import { StatusConnection } from './status-connection.ts';
import type { StatusEndpoint } from './status-endpoint.ts';

const REGULAR_CLOSE_MS = 1000;
const TIMER_SLACK = 0.95;

export class ArmedConnection {
  readonly #connection: StatusConnection;
  readonly #endpoint: StatusEndpoint;
  /** When the half on the wire was sent, on the monotonic clock. */
  #sentAt: number;
  #answered = false;

  constructor(host: Host, endpoint: StatusEndpoint) {
    this.#endpoint = endpoint;
    this.#connection = new StatusConnection(host, endpoint);
    this.#connection.write(endpoint.halfRequest);
    this.#sentAt = performance.now();
  }

  get url(): string {
    return this.#endpoint.url;
  }

  /** True while it holds a slot of nginx. */
  get open(): boolean {
    return this.#connection.connected && !this.#connection.closed;
  }

  get lost(): boolean {
    return this.#connection.closed;
  }

  /** Null when it was lost for a reason that says nothing about nginx's health. */
  async ask(headerTimeoutMs: number, signal: AbortSignal): Promise<Attempt | null> {
    if (this.#connection.closedAt !== null) {
      const regular = this.#closedRegularly(this.#connection.closedAt - this.#sentAt, headerTimeoutMs);
      return regular ? null : { ok: false, latencyMs: 0, ...this.#connection.failure };
    }
    const { attempt, keepsOpen } = await this.#connection.ask(`\r\n${this.#endpoint.halfRequest}`, signal);
    this.#sentAt = performance.now();
    this.#answered = attempt.ok;
    if (!keepsOpen) this.close();
    return attempt;
  }

  close(): void {
    this.#connection.destroy();
  }

  /**
   * client_header_timeout ran out; or nginx closed right after an answer, as a worker that shuts down does and any
   * worker after keepalive_requests.
   */
  #closedRegularly(afterMs: number, headerTimeoutMs: number): boolean {
    return afterMs >= headerTimeoutMs * TIMER_SLACK || (this.#answered && afterMs < REGULAR_CLOSE_MS);
  }
}
