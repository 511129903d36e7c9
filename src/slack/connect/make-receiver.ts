/** How Slack reaches us, as the config says: two sockets, or signed HTTP. */
import type { Logger as BoltLogger, Receiver } from '@slack/bolt';
import type { Clock } from '../../core/clock.ts';
import { GapwatchError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { SlackConfig } from '../config.ts';
import { createSignedHttp } from './signed-http.ts';
import { SocketPair } from './socket-pair.ts';
import type { SlackTokens } from './start-error.ts';

export interface ReceiverParts {
  readonly config: SlackConfig;
  readonly tokens: SlackTokens;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly boltLogger: BoltLogger;
  onConnected(): void;
  /** Slack's own name of why it refuses the connection. */
  onRefusal(error: string): void;
}

export function makeReceiver(parts: ReceiverParts): Receiver {
  const { config, tokens, clock, logger, boltLogger } = parts;
  if (config.mode === 'http') {
    const { signingSecret = '' } = tokens;
    return createSignedHttp({ signingSecret, port: config.port, logger: boltLogger, clock });
  }
  return new SocketPair({
    appToken: tokens.appToken ?? '',
    apiUrl: config.apiUrl,
    logger: boltLogger,
    onConnections: (count) => {
      if (count > 0) parts.onConnected();
      logger.debug({ count }, 'Slack connections');
    },
    onRefusal: (error) => parts.onRefusal(error),
  });
}

/** Null when it is another error. */
export function portTaken(error: unknown, port: number): GapwatchError | null {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') return null;
  return new GapwatchError('CONFIG', `slack.port ${port} is in use`, { hint: 'Set another slack.port.', cause: error });
}
