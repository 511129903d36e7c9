/**
 * Sends requests to a status page over one connection and classifies each result. The kind of failure is evidence
 * (src/nginx/README.md §5), so connect, timeout, reset and wrong answer are separate results. Never throws and never waits
 * beyond the signal.
 */
import type { Socket } from 'node:net';
import type { Attempt } from '../core/samples/stub-status.ts';
import { parseStubStatus } from '../nginx/stub-status.ts';
import { type Failure, failureOf } from './failure.ts';
import type { Host } from './host.ts';
import { AnswerReader, type HttpAnswer, MAX_ANSWER_BYTES } from './http-answer.ts';
import type { StatusEndpoint } from './status-endpoint.ts';

/** What was received is shown, this much of it, when it is no page. */
const EXCERPT_CHARS = 80;

export class StatusConnection {
  readonly #socket: Socket;
  /** Of the question that was asked last, and of what comes unasked behind its answer. */
  #reader = new AnswerReader();
  #excerpt = '';
  #connected = false;
  #closedAt: number | null = null;
  #error: unknown = null;
  #onChange: () => void = () => {};

  constructor(host: Host, endpoint: StatusEndpoint) {
    this.#socket = host.connect(endpoint.address);
    this.#socket.setEncoding('latin1').setNoDelay(true);
    this.#socket.on('connect', () => {
      this.#connected = true;
    });
    this.#socket.on('data', (text: string) => this.#take(text));
    this.#socket.on('error', (error) => {
      this.#error ??= error;
    });
    for (const event of ['end', 'close']) {
      this.#socket.on(event, () => {
        this.#closedAt ??= performance.now();
        this.#onChange();
      });
    }
    if (endpoint.preamble !== '') this.#socket.write(endpoint.preamble);
  }

  get connected(): boolean {
    return this.#connected;
  }

  get closed(): boolean {
    return this.#closedAt !== null;
  }

  /** On the monotonic clock, ms; null while it is open. */
  get closedAt(): number | null {
    return this.#closedAt;
  }

  /** Why it is closed, as far as is known. */
  get failure(): Failure {
    const { bytes } = this.#reader;
    const what = bytes === 0 ? 'without an answer' : `${bytes} bytes into an answer`;
    if (this.#error === null) return { reason: 'reset', detail: `the server closed the connection ${what}` };
    if (this.#error instanceof TooLong) return { reason: 'malformed', detail: this.#error.message };
    const failure = failureOf(this.#error);
    // A reason that is about the handshake or the protocol, e.g. plain HTTP on a port that expects TLS.
    return this.#connected && failure.reason === 'failed' ? { ...failure, reason: 'malformed' } : failure;
  }

  write(text: string): void {
    if (!this.closed) this.#socket.write(text, 'latin1');
  }

  /** Sends `text` and waits for the page. The socket stays open only after `keepsOpen`. */
  async ask(text: string, signal: AbortSignal): Promise<{ readonly attempt: Attempt; readonly keepsOpen: boolean }> {
    const startedAt = performance.now();
    this.#reader = new AnswerReader();
    this.#excerpt = '';
    this.write(text);
    const answer = await this.#answer(signal);
    const latencyMs = Math.round((performance.now() - startedAt) * 10) / 10;
    const failed = (failure: Failure) => ({ attempt: { ok: false, latencyMs, ...failure } as const, keepsOpen: false });
    if (answer === null) return failed(this.#silence());
    if (answer.kind === 'incomplete') return failed(this.failure);
    const seen = counters(answer, this.#excerpt);
    return seen.ok ? { attempt: { latencyMs, ...seen }, keepsOpen: keepsOpen(answer) } : failed(seen);
  }

  destroy(): void {
    this.#closedAt ??= performance.now();
    this.#socket.destroy();
  }

  /** A peer that goes on without being asked, or without an end, is cut off: nothing of it is kept. */
  #take(text: string): void {
    this.#reader.push(text);
    if (this.#excerpt.length < EXCERPT_CHARS) this.#excerpt += text.slice(0, EXCERPT_CHARS - this.#excerpt.length);
    this.#onChange();
    if (this.#reader.bytes <= MAX_ANSWER_BYTES || this.closed) return;
    this.#error ??= new TooLong(`the server sent more than ${MAX_ANSWER_BYTES} bytes`);
    this.destroy();
  }

  /** Null when the signal came first. */
  #answer(signal: AbortSignal): Promise<HttpAnswer | null> {
    return new Promise((resolve) => {
      const settle = (answer: HttpAnswer | null) => {
        this.#onChange = () => {};
        signal.removeEventListener('abort', onAbort);
        resolve(answer);
      };
      const onAbort = () => settle(null);
      this.#onChange = () => {
        const answer = this.#reader.answer(this.closed);
        if (answer.kind !== 'incomplete' || this.closed) settle(answer);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
      else this.#onChange();
    });
  }

  #silence(): Failure {
    const { bytes } = this.#reader;
    // One that sends something is no worker that hangs.
    if (bytes > 0) return { reason: 'timeout', detail: `the answer was not whole in time: ${bytes} bytes of it came` };
    if (!this.#connected) return { reason: 'connect-timeout', detail: 'the connection was not accepted in time' };
    return { reason: 'read-timeout', detail: 'connected, then no answer in time' };
  }
}

class TooLong extends Error {}

function keepsOpen(answer: HttpAnswer): boolean {
  return answer.kind === 'answer' && answer.keepsOpen;
}

function counters(
  answer: HttpAnswer,
  received: string,
):
  | { readonly ok: true; readonly counters: NonNullable<ReturnType<typeof parseStubStatus>> }
  | ({ readonly ok: false } & Failure) {
  if (answer.kind === 'refused') return { ok: false, reason: 'malformed', detail: `the answer ${answer.detail}` };
  if (answer.kind !== 'answer') return { ok: false, reason: 'malformed', detail: `not HTTP: ${excerpt(received)}` };
  if (answer.status === 401 || answer.status === 403)
    return { ok: false, reason: 'denied', detail: `HTTP ${answer.status}` };
  if (answer.status === 404) return { ok: false, reason: 'absent', detail: 'HTTP 404' };
  if (answer.status !== 200) return { ok: false, reason: 'http-error', detail: `HTTP ${answer.status}` };
  const page = parseStubStatus(answer.body);
  if (page === null) return { ok: false, reason: 'malformed', detail: `not a status page: ${excerpt(answer.body)}` };
  return { ok: true, counters: page };
}

/** Printable characters alone: it goes to logs, terminals and messages. */
function excerpt(text: string): string {
  return JSON.stringify(text.slice(0, EXCERPT_CHARS).replace(/[^\x20-\x7e\r\n]/g, '?'));
}
