/** Classifies the error of a Web API call: what it means for the message and when to retry. */
import { webApi } from '@slack/bolt';

export type Refusal =
  | 'channel' // the channel is not writable until a person changes something
  | 'auth' // the token is no longer valid
  | 'content' // Slack refuses these blocks or this text
  | 'gone'; // the message to edit or answer does not exist or is not ours

export type Outcome =
  | { readonly kind: 'not-sent'; readonly error: string; readonly retryAfterMs: number | null }
  /** The answer is lost: it is unknown whether Slack executed the call. */
  | { readonly kind: 'unknown'; readonly error: string }
  | { readonly kind: 'refused'; readonly error: string; readonly refusal: Refusal };

const REFUSALS: Readonly<Record<string, Refusal>> = {
  invalid_auth: 'auth',
  not_authed: 'auth',
  account_inactive: 'auth',
  token_revoked: 'auth',
  token_expired: 'auth',
  user_removed_from_team: 'auth',
  team_disabled: 'auth',
  access_denied: 'auth',
  msg_too_long: 'content',
  msg_blocks_too_long: 'content',
  invalid_blocks: 'content',
  invalid_blocks_format: 'content',
  only_one_table_allowed: 'content',
  invalid_metadata_format: 'content',
  metadata_too_large: 'content',
  no_text: 'content',
  message_not_found: 'gone',
  cant_update_message: 'gone',
  edit_window_closed: 'gone',
  thread_not_found: 'gone',
};

/** According to Slack, such calls may have been executed in part. */
const LOST = new Set(['internal_error', 'fatal_error', 'request_timeout', 'service_unavailable', 'team_added_to_org']);
const RATE = new Set(['ratelimited', 'rate_limited', 'message_limit_exceeded']);
/** The connection failed, so no data were sent. */
const UNSENT = /\b(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)\b/;

function codes(error: unknown, depth = 0): string {
  if (!(error instanceof Error) || depth > 4) return '';
  const { code, cause, original } = error as Error & { code?: unknown; original?: unknown };
  return [String(code ?? ''), codes(cause, depth + 1), codes(original, depth + 1)].join(' ');
}

/** Never throws. An error that is not recognised counts as unknown, because a lost message is worse than a lookup. */
export function outcomeOf(error: unknown): Outcome {
  if (error instanceof webApi.WebAPIRateLimitedError) {
    return { kind: 'not-sent', error: 'ratelimited', retryAfterMs: Math.max(1, error.retryAfter) * 1000 };
  }
  if (error instanceof webApi.WebAPIPlatformError) {
    const name = error.data.error;
    if (LOST.has(name)) return { kind: 'unknown', error: name };
    if (RATE.has(name)) return { kind: 'not-sent', error: name, retryAfterMs: null };
    // Most unknown error names concern the channel or the app's rights in it, so the message is kept and retried.
    return { kind: 'refused', error: name, refusal: REFUSALS[name] ?? 'channel' };
  }
  if (error instanceof webApi.WebAPIHTTPError && error.statusCode < 500) {
    return { kind: 'not-sent', error: `http_${error.statusCode}`, retryAfterMs: null };
  }
  const trouble = codes(error).match(UNSENT)?.[1];
  if (trouble !== undefined) return { kind: 'not-sent', error: trouble, retryAfterMs: null };
  return {
    kind: 'unknown',
    error: error instanceof webApi.WebAPIHTTPError ? `http_${error.statusCode}` : 'lost_answer',
  };
}

const REMEDIES: Readonly<Record<string, string>> = {
  not_in_channel: 'Invite the bot: /invite @gapwatch in that channel.',
  channel_not_found: 'Check slack.channel: it must be a channel id that the bot was invited to.',
  is_archived: 'Unarchive the channel or set slack.channel to another one.',
  missing_scope: 'Reinstall the app with the scopes of manifest.yml.',
  invalid_auth: 'Put a valid SLACK_BOT_TOKEN in place (api.slack.com/apps, OAuth & Permissions) and restart.',
  account_inactive: 'The app was removed from the workspace: install it again and restart with the new token.',
  token_revoked: 'The token was revoked: install the app again and restart with the new token.',
};

/** The remedy for a Slack error; null when none is known. */
export const remedyFor = (error: string): string | null => REMEDIES[error] ?? null;
