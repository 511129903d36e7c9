/**
 * Verifies Slack's request signature (docs.slack.dev, "Verifying requests from Slack"): `v0=` and the HMAC-SHA256 of
 * `v0:{timestamp}:{raw body}`. Refuses other spellings of the headers and repeated requests. The replay guard stores
 * the verified MAC and timestamp.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { WallTime } from '../../core/clock.ts';

export interface Signed {
  /** Seconds, as signed. */
  readonly timestamp: string;
  readonly mac: Buffer;
}

const WINDOW_MS = 300_000;
const MAC = /^v0=([0-9a-f]{64})$/;
const SECONDS = /^[1-9]\d{8,10}$/;

/** Runs before the body is read. Node joins repeated headers with a comma, which no pattern here accepts. */
export function readSignature(headers: IncomingHttpHeaders, clock: WallTime): Signed | { readonly refused: string } {
  const mac = MAC.exec(String(headers['x-slack-signature'] ?? ''))?.[1];
  const timestamp = String(headers['x-slack-request-timestamp'] ?? '');
  if (mac === undefined || !SECONDS.test(timestamp)) return { refused: 'it is not signed' };
  const aheadMs = Number(timestamp) * 1000 - clock.now();
  if (aheadMs < -WINDOW_MS) return { refused: 'it is stale' };
  if (aheadMs > WINDOW_MS) return { refused: 'it is from the future' };
  return { timestamp, mac: Buffer.from(mac, 'hex') };
}

export function isSignedBy(secret: string, { timestamp, mac }: Signed, body: Buffer): boolean {
  return timingSafeEqual(createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest(), mac);
}

/** Receives only verified requests, so that a forger cannot fill the memory. */
export function createReplayGuard(clock: WallTime) {
  const seen = new Map<string, number>();
  return {
    /** False for a repeated request. */
    isNew({ timestamp, mac }: Signed): boolean {
      const now = clock.now();
      for (const [old, at] of seen) {
        if (now - at <= 2 * WINDOW_MS) break;
        seen.delete(old);
      }
      const key = `${timestamp}:${mac.toString('hex')}`;
      if (seen.has(key)) return false;
      seen.set(key, now);
      return true;
    },
  };
}
