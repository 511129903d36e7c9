import { webApi } from '@slack/bolt';
import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../../src/slack/delivery/outcome.ts';

const network = (code: string) => {
  const cause = Object.assign(new Error(code), { code });
  return new webApi.WebAPIRequestError(new TypeError('fetch failed', { cause }));
};
const platform = (error: string) => new webApi.WebAPIPlatformError({ ok: false, error });

describe('an error of a call', () => {
  it.each([
    ['connection refused', network('ECONNREFUSED'), 'not-sent'],
    ['no such host', network('ENOTFOUND'), 'not-sent'],
    ['reset', network('ECONNRESET'), 'unknown'],
    ['timeout', new webApi.WebAPIRequestError(new DOMException('timed out', 'TimeoutError')), 'unknown'],
    ['HTTP 500', new webApi.WebAPIHTTPError(500, '', {}), 'unknown'],
    ['HTTP 499', new webApi.WebAPIHTTPError(499, '', {}), 'not-sent'],
    ['HTTP 404', new webApi.WebAPIHTTPError(404, '', {}), 'not-sent'],
    ['fatal_error', platform('fatal_error'), 'unknown'],
    ['ratelimited', platform('ratelimited'), 'not-sent'],
    ['something else entirely', new Error('?'), 'unknown'],
    ['no error at all', null, 'unknown'],
  ])('%s is %s', (_name, error, kind) => {
    expect(outcomeOf(error).kind).toBe(kind);
  });

  it('is searched for its code through four causes, and a circle of causes ends', () => {
    const below = (depth: number): Error =>
      depth === 0
        ? Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
        : new Error('wrapped', { cause: below(depth - 1) });
    expect([outcomeOf(below(4)).kind, outcomeOf(below(5)).kind]).toEqual(['not-sent', 'unknown']);
    const circle = new Error('circle');
    circle.cause = circle;
    expect(outcomeOf(circle).kind).toBe('unknown');
  });

  it('carries the wait that Slack asks for', () => {
    expect(outcomeOf(new webApi.WebAPIRateLimitedError(30))).toEqual({
      kind: 'not-sent',
      error: 'ratelimited',
      retryAfterMs: 30_000,
    });
  });

  it('waits a second where Slack asks for none', () => {
    expect(outcomeOf(new webApi.WebAPIRateLimitedError(0))).toMatchObject({ retryAfterMs: 1_000 });
  });

  it.each([
    ['invalid_auth', 'auth'],
    ['account_inactive', 'auth'],
    ['not_in_channel', 'channel'],
    ['channel_not_found', 'channel'],
    ['is_archived', 'channel'],
    ['never_heard_of', 'channel'],
    ['msg_too_long', 'content'],
    ['invalid_blocks', 'content'],
    ['message_not_found', 'gone'],
    ['cant_update_message', 'gone'],
  ])('%s is about %s', (error, refusal) => {
    expect(outcomeOf(platform(error))).toEqual({ kind: 'refused', error, refusal });
  });
});
