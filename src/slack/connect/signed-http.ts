/**
 * The receiver of http mode. Checks the headers, reads at most 256 KB, verifies the signature and only then parses.
 * Bolt's receiver reads up to 4 MB from any client before it checks a header.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { App, Receiver, ReceiverEvent } from '@slack/bolt';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { HttpDoor } from './http-door.ts';
import type { Inbound } from './inbound.ts';
import type { Rarely } from './rarely.ts';
import { createReplayGuard, isSignedBy, readSignature } from './signature.ts';

export interface SignedHttpOptions {
  readonly signingSecret: string;
  readonly host: string;
  readonly port: number;
  readonly inbound: (payload: unknown) => Inbound;
  readonly rarely: Rarely;
  readonly clock: Clock;
  readonly logger: Logger;
}

const PATH = '/slack/events';
const FORM = /^application\/x-www-form-urlencoded(?:;|$)/i;

/** Of a form: its `payload` field as JSON (clicks), else its fields (commands). Undefined when it cannot be parsed. */
function parseBody(body: Buffer, contentType: string): unknown {
  try {
    const text = body.toString('utf8');
    if (!FORM.test(contentType)) return JSON.parse(text);
    const fields = new URLSearchParams(text);
    const payload = fields.get('payload');
    return payload === null ? Object.fromEntries(fields) : JSON.parse(payload);
  } catch {
    return undefined;
  }
}

function send(response: ServerResponse, status: number, content?: unknown): void {
  if (response.headersSent) return;
  if (content === undefined || content === '') response.writeHead(status).end();
  else if (typeof content === 'string') response.writeHead(status, { 'content-type': 'text/plain' }).end(content);
  else response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
}

export class SignedHttp implements Receiver {
  private readonly options: SignedHttpOptions;
  private readonly door: HttpDoor;
  private readonly replays;
  private app: App | null = null;

  constructor(options: SignedHttpOptions) {
    this.options = options;
    this.replays = createReplayGuard(options.clock);
    this.door = new HttpDoor((request, response) => {
      // A failure affects only its request.
      this.answer(request, response).catch(() => response.destroy());
    });
  }

  init(app: App): void {
    this.app = app;
  }

  async start(): Promise<void> {
    const { port, host, logger } = this.options;
    await this.door.listen(port, host, (err) => logger.warn({ err }, 'Slack HTTP server error'));
  }

  stop(): Promise<void> {
    return this.door.close();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST' || request.url?.split('?')[0] !== PATH) {
      this.door.refuse(request, response, 404);
      return;
    }
    const signed = readSignature(request.headers, this.options.clock);
    if ('refused' in signed) {
      this.refuse(request, response, 401, signed.refused);
      return;
    }
    const body = await this.door.read(request);
    if (!Buffer.isBuffer(body)) {
      this.refuse(request, response, body.status, body.why);
      return;
    }
    if (!isSignedBy(this.options.signingSecret, signed, body)) {
      this.refuse(request, response, 401, 'its signature does not match the signing secret');
      return;
    }
    if (!this.replays.isNew(signed)) {
      this.refuse(request, response, 401, 'it was received before');
      return;
    }
    this.door.trust(request.socket);
    await this.take(parseBody(body, request.headers['content-type'] ?? ''), request, response);
  }

  private async take(payload: unknown, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const read = this.options.inbound(payload);
    if (read.kind === 'challenge') send(response, 200, { challenge: read.challenge });
    else if (read.kind === 'taken') await this.process(read.body, response);
    // Slack repeats an event that is not answered with 200.
    else this.refuse(request, response, read.kind === 'unhandled' ? 200 : 400, read.why);
  }

  private async process(body: ReceiverEvent['body'], response: ServerResponse): Promise<void> {
    try {
      await this.app?.processEvent({ body, ack: async (content) => send(response, 200, content) });
    } catch (err) {
      this.options.logger.error({ err }, 'Slack payload failed');
    }
    // Has no effect after an acknowledgement.
    send(response, 500);
  }

  private refuse(request: IncomingMessage, response: ServerResponse, status: number, why: string): void {
    const { rarely, logger } = this.options;
    rarely(`request: ${why}`, (times) => logger.warn({ why, status, times }, 'Slack HTTP request refused'));
    this.door.refuse(request, response, status);
  }
}
