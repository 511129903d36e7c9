/** Chooses the Slack that the service connects to: the workspace of the tokens, the local Slack, or none. */
import type { Config } from '../config/schema.ts';
import type { Secrets } from '../config/secrets.ts';
import { GapwatchError } from '../core/errors.ts';
import { slackConfig } from '../slack/config.ts';
import type { SlackTokens } from '../slack/connect/start-error.ts';
import type { Io } from './io.ts';

export interface ChosenSlack {
  readonly config: Config;
  readonly tokens: SlackTokens;
  /** URL of the local Slack page with its key; null without a local Slack. */
  readonly page: string | null;
  close(): Promise<void>;
}

export function tokensOf({ appToken, signingSecret }: Secrets, botToken: string): SlackTokens {
  return {
    botToken,
    ...(appToken === null ? {} : { appToken }),
    ...(signingSecret === null ? {} : { signingSecret }),
  };
}

function workspace(config: Config, secrets: Secrets, botToken: string): ChosenSlack {
  if (config.slack.channel === undefined) {
    throw new GapwatchError('CONFIG', 'slack.channel is not set: incidents cannot be posted', {
      hint: 'Set slack.channel to the id of a channel that the bot is a member of.',
    });
  }
  return { config, tokens: tokensOf(secrets, botToken), page: null, close: async () => {} };
}

export type MaybeSlack = Omit<ChosenSlack, 'tokens'> & { readonly tokens: SlackTokens | null };

export const noSlack = (config: Config): MaybeSlack => ({ config, tokens: null, page: null, close: async () => {} });

/** SLACK_API_URL overrides the config under the same rule, because gapwatch sends tokens to this address. */
export function apiUrlOf(config: Config, io: Io): string {
  const named = io.env.SLACK_API_URL;
  if (named === undefined || named === '') return config.slack.apiUrl;
  const parsed = slackConfig.shape.apiUrl.safeParse(named);
  if (parsed.success) return parsed.data;
  throw new GapwatchError('CONFIG', `SLACK_API_URL: ${parsed.error.issues[0]?.message ?? 'is no address'}`, {
    hint: 'Leave it unset to use Slack itself (https://slack.com/api/).',
  });
}

/** `port` is for the local Slack page; 0 chooses a free one. Throws GapwatchError CONFIG. */
export async function slackOf(loaded: Config, secrets: Secrets, io: Io, port = 0): Promise<ChosenSlack> {
  const apiUrl = apiUrlOf(loaded, io);
  const config = { ...loaded, slack: { ...loaded.slack, apiUrl } };
  if (secrets.botToken !== null) return workspace(config, secrets, secrets.botToken);
  // Loaded on demand: a run with the tokens of a workspace does not need it.
  const { createLocalSlack } = await import('../demo/local-slack/local-slack.ts');
  const localSlack = await createLocalSlack({ port, logger: io.logger });
  const [channel, digestChannel] = localSlack.workspace.directory.channels.map(({ id }) => id);
  return {
    config: {
      ...config,
      slack: {
        ...config.slack,
        apiUrl: localSlack.apiUrl,
        mode: 'socket',
        ...(channel === undefined ? {} : { channel }),
        ...(digestChannel === undefined ? {} : { digestChannel }),
      },
    },
    tokens: { botToken: localSlack.botToken, appToken: localSlack.appToken },
    page: localSlack.pageUrl,
    close: () => localSlack.close(),
  };
}
