/** Builds the receiver for the configured mode: two sockets, or signed HTTP. */
import type { Logger as BoltLogger, Receiver } from '@slack/bolt';
import type { Clock } from '../../core/clock.ts';
import { GapwatchError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { SlackConfig } from '../config.ts';
import { appIdOf, createInbound } from './inbound.ts';
import { createRarely } from './rarely.ts';
import { SignedHttp } from './signed-http.ts';
import { SocketPair } from './socket-pair.ts';
import type { SlackTokens } from './start-error.ts';

export interface ReceiverParts {
  readonly config: SlackConfig;
  readonly tokens: SlackTokens;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly boltLogger: BoltLogger;
  readonly fetch: typeof fetch;
  onConnected(): void;
  /** Slack's error name for refusing the connection. */
  onRefusal(error: string): void;
}

export function makeReceiver(parts: ReceiverParts): Receiver {
  const { config, tokens, clock, logger, boltLogger, fetch } = parts;
  const { mode, apiUrl, host, port } = config;
  const { signingSecret = '', appToken = '' } = tokens;
  const rarely = createRarely(clock);
  const inbound = createInbound({ apiUrl, appId: mode === 'socket' ? appIdOf(appToken) : null });
  if (mode === 'http') return new SignedHttp({ signingSecret, host, port, inbound, rarely, clock, logger });
  return new SocketPair({
    appToken,
    apiUrl,
    logger: boltLogger,
    guard: { inbound, rarely, logger },
    fetch,
    onConnections: (count) => {
      if (count > 0) parts.onConnected();
      logger.debug({ count }, 'Slack connections');
    },
    onRefusal: (error) => parts.onRefusal(error),
  });
}

const LISTEN_TROUBLE: Readonly<Record<string, readonly [key: 'host' | 'port', trouble: string, hint: string]>> = {
  EADDRINUSE: ['port', 'is in use', 'Set another slack.port.'],
  EACCES: ['port', 'is not open to this user', 'Set slack.port to 1024 or more.'],
  EADDRNOTAVAIL: ['host', 'is not an address of this machine', 'Leave slack.host out to listen on 127.0.0.1.'],
};

/** Null for any other error. */
export function cannotListen(error: unknown, config: SlackConfig): GapwatchError | null {
  const known = LISTEN_TROUBLE[(error as NodeJS.ErrnoException).code ?? ''];
  if (known === undefined) return null;
  const [key, trouble, hint] = known;
  return new GapwatchError('CONFIG', `slack.${key} ${config[key]} ${trouble}`, { hint, cause: error });
}
