/** Sends answers that are never cached, framed, or readable by another origin (no CORS header). */
import type { ServerResponse } from 'node:http';

// The page needs no outside address, so none can be loaded, and no inline code runs.
const SECURITY = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
} as const;

export function reply(response: ServerResponse, status: number, contentType: string, body: string | Uint8Array): void {
  response.writeHead(status, { ...SECURITY, 'content-type': contentType });
  response.end(body);
}

export function replyJson(response: ServerResponse, value: unknown, status = 200): void {
  reply(response, status, 'application/json; charset=utf-8', JSON.stringify(value));
}

export function replyText(response: ServerResponse, status: number, body: string): void {
  reply(response, status, 'text/plain; charset=utf-8', body);
}
