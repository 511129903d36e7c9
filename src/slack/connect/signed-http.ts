/**
 * HTTP mode: Bolt verifies the signature and refuses what is stale, forged or larger than 4 MB; here a timestamp from
 * the future and a request that was seen before are refused too.
 */
import { type Logger as BoltLogger, HTTPReceiver } from '@slack/bolt';
import type { Clock } from '../../core/clock.ts';

export interface SignedHttpOptions {
  readonly signingSecret: string;
  readonly port: number;
  readonly logger: BoltLogger;
  readonly clock: Clock;
}

const WINDOW_MS = 300_000;

/** Signatures that were verified inside the window; a second use of one is a replay. */
export function createReplayGuard(clock: Clock) {
  const seen = new Map<string, number>();
  return {
    isReplay: (signature: string): boolean => seen.has(signature),
    remember(signature: string): void {
      const now = clock.now();
      for (const [old, at] of seen) {
        if (now - at <= 2 * WINDOW_MS) break;
        seen.delete(old);
      }
      seen.set(signature, now);
    },
  };
}

const one = (value: string | string[] | undefined): string => (Array.isArray(value) ? (value[0] ?? '') : (value ?? ''));

export function createSignedHttp({ signingSecret, port, logger, clock }: SignedHttpOptions): HTTPReceiver {
  const guard = createReplayGuard(clock);
  const receiver = new HTTPReceiver({
    signingSecret,
    port,
    logger,
    // Called for verified requests only, so a forger cannot fill the memory.
    customPropertiesExtractor(request) {
      guard.remember(one(request.headers['x-slack-signature']));
      return {};
    },
  });
  const verified = receiver.requestListener;
  receiver.requestListener = (request, response) => {
    const aheadMs = Number(one(request.headers['x-slack-request-timestamp'])) * 1000 - clock.now();
    if (aheadMs > WINDOW_MS || guard.isReplay(one(request.headers['x-slack-signature']))) {
      logger.warn(aheadMs > WINDOW_MS ? 'refused a request from the future' : 'refused a replayed request');
      response.writeHead(401).end();
      request.resume();
      return;
    }
    verified(request, response);
  };
  return receiver;
}
