import type { Logger as BoltLogger, webApi } from '@slack/bolt';

export interface ClientParts {
  readonly slackApiUrl: string;
  readonly logger: BoltLogger;
  /** Of one call, in ms. */
  readonly timeout: number;
  readonly fetch: typeof fetch;
}

/**
 * For every Web API client. No retries of the SDK's own: it repeats a post whose answer was lost, and waits for all when
 * one call is refused for its rate. What is sent again, and when, is decided in outbox.ts.
 */
export function clientOptions(parts: ClientParts): webApi.WebClientOptions {
  return { ...parts, fetch: parts.fetch as never, retryConfig: { retries: 0 }, rejectRateLimitedCalls: true };
}
