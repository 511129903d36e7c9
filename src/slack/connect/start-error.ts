/** Turns every token error before the first connection into one sentence with a remedy. */
import { webApi } from '@slack/bolt';
import { GapwatchError } from '../../core/errors.ts';
import type { SlackConfig } from '../config.ts';

export interface SlackTokens {
  /** `xoxb-…` */
  readonly botToken: string;
  /** `xapp-…`, socket mode. */
  readonly appToken?: string;
  /** http mode. */
  readonly signingSecret?: string;
}

const config = (message: string, hint: string): GapwatchError => new GapwatchError('CONFIG', message, { hint });

/** Checks the form of the tokens. Throws GapwatchError CONFIG. */
export function checkTokens(tokens: SlackTokens, mode: SlackConfig['mode']): void {
  const { botToken, appToken, signingSecret } = tokens;
  if (botToken.startsWith('xapp-')) {
    const swapped = appToken?.startsWith('xoxb-') === true;
    throw config(
      swapped ? 'SLACK_BOT_TOKEN and SLACK_APP_TOKEN are swapped' : 'SLACK_BOT_TOKEN holds an app-level token (xapp-…)',
      swapped ? 'Exchange the two values.' : 'Put the bot token (xoxb-…, OAuth & Permissions) there.',
    );
  }
  if (!botToken.startsWith('xoxb-')) {
    throw config('SLACK_BOT_TOKEN is not a bot token', 'It begins with xoxb-; copy it from OAuth & Permissions.');
  }
  if (mode === 'socket' && !appToken?.startsWith('xapp-')) {
    throw config(
      appToken === undefined || appToken === ''
        ? 'SLACK_APP_TOKEN is missing'
        : 'SLACK_APP_TOKEN is not an app-level token',
      'Socket mode needs a token that begins with xapp- and has the scope connections:write (Basic Information).',
    );
  }
  if (mode === 'http' && (signingSecret === undefined || signingSecret === '')) {
    throw config('SLACK_SIGNING_SECRET is missing', 'http mode needs it: Basic Information, App Credentials.');
  }
}

const SENTENCES: Readonly<Record<string, readonly [string, string]>> = {
  invalid_auth: [
    'Slack does not know this token',
    'Copy it again from api.slack.com/apps; it may be the token of another app.',
  ],
  not_authed: ['Slack got no token', 'Set it and start again.'],
  account_inactive: ['the app was removed from its workspace', 'Install it again and use the new token.'],
  token_revoked: ['the token was revoked', 'Install the app again and use the new token.'],
  token_expired: ['the token has expired', 'Switch token rotation off for this app, or use the new token.'],
  user_removed_from_team: ['the bot user was removed from its workspace', 'Install the app again.'],
  team_disabled: ['the workspace is disabled', 'Use a token of another workspace.'],
  missing_scope: [
    'the token lacks a scope',
    'Reinstall the app with manifest.yml; the app token needs connections:write.',
  ],
};

/** The refusal as an error for people; null when Slack did not refuse and a retry can help. */
export function startError(error: unknown, which: 'SLACK_BOT_TOKEN' | 'SLACK_APP_TOKEN'): GapwatchError | null {
  if (!(error instanceof webApi.WebAPIPlatformError)) return null;
  const sentence = SENTENCES[error.data.error];
  if (sentence === undefined) return null;
  return new GapwatchError('SLACK', `${which}: ${sentence[0]} (${error.data.error})`, {
    hint: sentence[1],
    cause: error,
  });
}

/** The error with its remedy; null for an unknown one. */
export function troubleOf(error: unknown): { readonly error: string; readonly remedy: string | null } {
  if (error instanceof GapwatchError) return { error: error.message, remedy: error.hint };
  return { error: error instanceof Error ? error.message : String(error), remedy: null };
}
