/** Slack's side of HTTP mode: signed POSTs to the request URL of the app, which has 3 s to answer. */
import { createHmac } from 'node:crypto';
import type { WallTime } from '../../../core/clock.ts';
import { isJson, type Json } from '../state/json.ts';
import { ACK_MS, type Delivery, type Envelope, type Transport } from './envelope.ts';

export interface HttpTransportDeps {
  readonly requestUrl: string;
  readonly signingSecret: string;
  readonly clock: WallTime;
}

interface Body {
  readonly type: string;
  readonly content: string;
}

const FORM = 'application/x-www-form-urlencoded';

/**
 * The two headers of a signed request: `v0=` HMAC-SHA256 of `v0:{timestamp}:{raw body}` (Slack's documentation,
 * "Verifying requests").
 */
export function signatureHeaders(secret: string, timestampSeconds: number, body: string): Record<string, string> {
  const digest = createHmac('sha256', secret).update(`v0:${timestampSeconds}:${body}`).digest('hex');
  return { 'x-slack-request-timestamp': String(timestampSeconds), 'x-slack-signature': `v0=${digest}` };
}

/** Commands are forms, interactions a form with one JSON field, events JSON. */
function bodyOf({ type, payload }: Envelope): Body {
  if (type === 'events_api') return { type: 'application/json', content: JSON.stringify(payload) };
  const fields = type === 'interactive' ? { payload: JSON.stringify(payload) } : stringsOf(payload);
  return { type: FORM, content: new URLSearchParams(fields).toString() };
}

function stringsOf(payload: Json): Record<string, string> {
  return Object.fromEntries(Object.entries(payload).map(([key, value]) => [key, String(value)]));
}

function parseAnswer(answer: string): Json {
  try {
    const value: unknown = JSON.parse(answer);
    return isJson(value) ? value : {};
  } catch {
    return answer === '' ? {} : { text: answer };
  }
}

export function createHttpTransport(deps: HttpTransportDeps): Transport {
  return {
    async deliver(envelope): Promise<Delivery> {
      const { type, content } = bodyOf(envelope);
      const sentAt = deps.clock.now();
      const retry =
        envelope.retryAttempt === undefined
          ? {}
          : { 'x-slack-retry-num': String(envelope.retryAttempt), 'x-slack-retry-reason': 'http_timeout' };
      try {
        const answer = await fetch(deps.requestUrl, {
          method: 'POST',
          headers: {
            'content-type': type,
            ...signatureHeaders(deps.signingSecret, Math.floor(sentAt / 1000), content),
            ...retry,
          },
          body: content,
          signal: AbortSignal.timeout(ACK_MS),
        });
        if (!answer.ok) return { ok: false, error: 'dispatch_failed' };
        return { ok: true, payload: parseAnswer(await answer.text()), tookMs: deps.clock.now() - sentAt };
      } catch (error) {
        const late = error instanceof Error && error.name === 'TimeoutError';
        return { ok: false, error: late ? 'operation_timeout' : 'dispatch_failed' };
      }
    },
  };
}
