import type { Logger as BoltLogger, webApi } from '@slack/bolt';

export interface ClientParts {
  readonly slackApiUrl: string;
  readonly logger: BoltLogger;
  /** Timeout of one call, in ms. */
  readonly timeout: number;
  readonly fetch: typeof fetch;
}

/**
 * Options of every Web API client. The SDK's retries are off: it repeats a post whose answer was lost and pauses all
 * calls at one rate limit. outbox.ts decides about retries.
 */
export function clientOptions(parts: ClientParts): webApi.WebClientOptions {
  return { ...parts, fetch: parts.fetch as never, retryConfig: { retries: 0 }, rejectRateLimitedCalls: true };
}
