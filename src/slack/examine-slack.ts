/**
 * Doctor items about Slack: tokens and scopes, the channel, and waiting messages. Makes at most three calls, changes
 * nothing and never throws. Its text never holds a token.
 */
import { webApi } from '@slack/bolt';
import type { WallTime } from '../core/clock.ts';
import { GapwatchError } from '../core/errors.ts';
import { span } from '../core/format.ts';
import type { Logger } from '../core/logger.ts';
import type { OutboxStore } from '../core/outbox.ts';
import { allowWords } from './allow.ts';
import { utcMinute } from './blocks/text.ts';
import type { SlackConfig } from './config.ts';
import { createBoltLogger } from './connect/bolt-logger.ts';
import { clientOptions } from './connect/client-options.ts';
import { createSlackFetch } from './connect/slack-fetch.ts';
import { checkTokens, type SlackTokens, startError } from './connect/start-error.ts';
import { outcomeOf, remedyFor } from './delivery/outcome.ts';

export interface SlackFinding {
  readonly what: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly remedy: string | null;
}

export interface ExamineSlackDeps {
  readonly config: SlackConfig;
  readonly tokens: SlackTokens;
  /** Null when no service has run yet. */
  readonly outbox: Pick<OutboxStore, 'unsettled' | 'newestSent'> | null;
  /** Whether this process is connected to Slack. */
  readonly connected: boolean;
  readonly clock: WallTime;
  readonly logger: Logger;
}

type ClientFor = (token: string) => webApi.WebClient;

/** Required scopes, each with the effect of its absence. */
const NEEDED: Readonly<Record<string, string>> = {
  'chat:write': 'nothing can be posted',
  commands: '/nginx-status does not exist',
  'users:read': 'guests cannot be recognised, so acknowledging, snoozing, resolving and muting are refused',
  'files:write': 'messages go without pictures',
  'files:read': 'messages go without pictures',
};
const LOOK_UP = 'channels:read';
const REINSTALL = 'reinstall the app from manifest.yml, with these scopes, and use its new token';

const fine = (what: string, detail: string): SlackFinding => ({ what, ok: true, detail, remedy: null });
const bad = (what: string, detail: string, remedy: string | null): SlackFinding => ({
  what,
  ok: false,
  detail,
  remedy,
});

const GROUPS = { 'usergroups:read': 'members of the user groups of slack.allow cannot be recognised, and are refused' };

function scopesFinding(scopes: readonly string[], { allow }: SlackConfig): SlackFinding {
  const groups = [...allow.userGroups, ...allow.muteAll].some((id) => id.startsWith('S'));
  const needed: Readonly<Record<string, string>> = groups ? { ...NEEDED, ...GROUPS } : NEEDED;
  const missing = Object.keys(needed).filter((scope) => !scopes.includes(scope));
  if (missing.length === 0) return fine('Slack scopes', scopes.join(', '));
  const costs = [...new Set(missing.map((scope) => needed[scope]))].join('; ');
  return bad('Slack scopes', `${missing.join(', ')} missing: ${costs}`, REINSTALL);
}

/** Checks whether the bot is in the channel, when the optional scope allows it. */
async function channelFinding(client: webApi.WebClient, channel: string | undefined, scopes: readonly string[]) {
  const what = 'Slack channel';
  if (channel === undefined)
    return bad(what, 'slack.channel is not set: incidents cannot be posted', 'slack: { channel: C0123456789 }');
  if (!scopes.includes(LOOK_UP))
    return fine(what, `${channel}; whether the bot is in it shows at the first post (${LOOK_UP} is not granted)`);
  try {
    const found = (await client.conversations.info({ channel })).channel;
    if (found?.is_archived === true) return bad(what, `${channel} is archived`, remedyFor('is_archived'));
    if (found?.is_member !== true) return bad(what, `the bot is not in ${channel}`, remedyFor('not_in_channel'));
    return fine(what, `${channel}, the bot is in it`);
  } catch (error) {
    const name = outcomeOf(error).error;
    return bad(what, `${channel}: ${name}`, remedyFor(name));
  }
}

function troubleFinding(what: string, error: unknown, token: Parameters<typeof startError>[1]): SlackFinding {
  if (error instanceof GapwatchError) return bad(what, error.message, error.hint);
  const known = startError(error, token);
  if (known !== null) return bad(what, known.message, known.hint);
  return bad(
    what,
    `Slack does not answer: ${outcomeOf(error).error}`,
    'check that slack.apiUrl can be reached from here',
  );
}

/**
 * Requests a connection ticket and does not use it. Skipped in the service, which is connected already and whose
 * tickets are rate limited.
 */
async function socketFindings({ config, tokens, connected }: ExamineSlackDeps, clientFor: ClientFor) {
  if (config.mode !== 'socket' || connected) return [];
  const what = 'Slack Socket Mode';
  try {
    await clientFor(tokens.appToken ?? '').apps.connections.open({});
    return [fine(what, 'the app token is accepted')];
  } catch (error) {
    return [troubleFinding(what, error, 'SLACK_APP_TOKEN')];
  }
}

async function accountFindings(deps: ExamineSlackDeps): Promise<SlackFinding[]> {
  const { config, tokens, logger } = deps;
  const what = 'Slack account';
  const { fetch } = createSlackFetch();
  const boltLogger = createBoltLogger(logger);
  const options = clientOptions({ slackApiUrl: config.apiUrl, logger: boltLogger, timeout: 3_000, fetch });
  const clientFor: ClientFor = (token) => new webApi.WebClient(token, options);
  try {
    checkTokens(tokens, config.mode);
    const client = clientFor(tokens.botToken);
    const { user, team, response_metadata: granted } = await client.auth.test();
    const scopes = granted?.scopes ?? [];
    const channel = await channelFinding(client, config.channel, scopes);
    return [
      fine(what, `${user} in ${team}`),
      scopesFinding(scopes, config),
      channel,
      ...(await socketFindings(deps, clientFor)),
    ];
  } catch (error) {
    return [troubleFinding(what, error, 'SLACK_BOT_TOKEN')];
  }
}

/** The state of deliveries in the store, also of another running service. */
function deliveryFinding({ outbox, clock }: ExamineSlackDeps): SlackFinding {
  const what = 'Slack delivery';
  if (outbox === null) return fine(what, 'nothing yet: no service has run with this store');
  const waiting = outbox.unsettled();
  const newest = outbox.newestSent();
  const last = newest === null ? 'nothing delivered yet' : `last delivered ${utcMinute(newest.changedAt)}`;
  const refused = waiting.find(({ error }) => error !== null);
  const oldest = Math.min(...waiting.map(({ createdAt }) => createdAt));
  const queue =
    waiting.length === 0 ? 'nothing waits' : `${waiting.length} waiting, the oldest for ${span(clock.now() - oldest)}`;
  if (refused?.error == null) return fine(what, `${last}; ${queue}`);
  return bad(what, `${last}; ${queue}: ${refused.error} in ${refused.channel}`, remedyFor(refused.error));
}

/** The permissions according to the config alone. */
export const permissionFinding = (config: SlackConfig): SlackFinding =>
  fine('Slack permissions', allowWords(config.allow));

export async function examineSlack(deps: ExamineSlackDeps): Promise<SlackFinding[]> {
  return [...(await accountFindings(deps)), deliveryFinding(deps), permissionFinding(deps.config)];
}
