/** One connection to Slack with its receiver, Bolt app and App Home. */
import type { Logger as BoltLogger, Receiver, webApi } from '@slack/bolt';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import { createAllow } from './allow.ts';
import { type BuiltApp, buildApp } from './app.ts';
import type { SlackConfig } from './config.ts';
import { clientOptions } from './connect/client-options.ts';
import { cannotListen, makeReceiver } from './connect/make-receiver.ts';
import { type SlackTokens, startError } from './connect/start-error.ts';
import type { Directory } from './directory.ts';
import type { SlackPorts } from './ports.ts';
import { createHome, type Home } from './views/home.ts';

export interface LinkParts {
  readonly config: SlackConfig;
  readonly tokens: SlackTokens;
  readonly ports: SlackPorts;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly boltLogger: BoltLogger;
  readonly web: webApi.WebClient;
  readonly fetch: typeof fetch;
  /** The answer of auth.test. */
  readonly who: webApi.AuthTestResponse;
  readonly directory: Directory;
  onConnected(): void;
  /** Slack's error name for refusing the connection. */
  onRefusal(error: string): void;
}

export interface Link {
  readonly built: BuiltApp;
  readonly receiver: Receiver;
  readonly home: Home;
  /** Rejects when Slack refuses, or when the address of http mode is not available. */
  open(): Promise<void>;
}

/** A later answer to a click is useless. */
export const ANSWER_MS = 3_000;

/** Not yet initialised or open. */
export function createLink(parts: LinkParts): Link {
  const { config, tokens, clock, logger, boltLogger, web, fetch, who, directory } = parts;
  const receiver = makeReceiver(parts);
  const homeIds = [who.team_id, who.enterprise_id].filter((id) => id !== undefined);
  const allow = createAllow({ config: config.allow, homeIds, directory, logger });
  const home = createHome({ client: web, ports: parts.ports, allow, clock, logger });
  const ports: SlackPorts = {
    ...parts.ports,
    mute: async (mute) => {
      const answer = await parts.ports.mute(mute);
      home.changed();
      return answer;
    },
  };
  const built = buildApp({
    receiver,
    botToken: tokens.botToken,
    botId: who.bot_id ?? '',
    botUserId: who.user_id ?? '',
    clientOptions: clientOptions({ slackApiUrl: config.apiUrl, logger: boltLogger, timeout: ANSWER_MS, fetch }),
    boltLogger,
    logger,
    deps: { ports, allow, clock, logger, refreshHome: (userId) => home.publish(userId) },
    home,
  });
  return {
    built,
    receiver,
    home,
    async open() {
      try {
        await receiver.start();
      } catch (error) {
        throw cannotListen(error, config) ?? startError(error, 'SLACK_APP_TOKEN') ?? error;
      }
    },
  };
}
