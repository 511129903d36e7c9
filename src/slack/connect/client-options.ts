import type { Logger as BoltLogger, webApi } from '@slack/bolt';

/**
 * For every Web API client. No retries of the SDK's own: it repeats a post whose answer was lost, and waits for all when
 * one call is refused for its rate. What is sent again, and when, is decided in outbox.ts.
 */
export function clientOptions(slackApiUrl: string, logger: BoltLogger, timeout: number): webApi.WebClientOptions {
  return { slackApiUrl, logger, retryConfig: { retries: 0 }, rejectRateLimitedCalls: true, timeout };
}
