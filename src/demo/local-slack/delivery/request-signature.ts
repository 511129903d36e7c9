/** Slack's request signature: `v0=` HMAC-SHA256 of `v0:{timestamp}:{raw body}` (docs: "Verifying requests"). */
import { createHmac } from 'node:crypto';

/** The two headers of a signed request. */
export function signatureHeaders(secret: string, timestampSeconds: number, body: string): Record<string, string> {
  const digest = createHmac('sha256', secret).update(`v0:${timestampSeconds}:${body}`).digest('hex');
  return { 'x-slack-request-timestamp': String(timestampSeconds), 'x-slack-signature': `v0=${digest}` };
}
