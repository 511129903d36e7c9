/** Builds the Bolt app: receiver, options and listeners. No other file builds one. */
import { App, type BlockAction, type Logger as BoltLogger, type Receiver, type webApi } from '@slack/bolt';
import type { Logger } from '../core/logger.ts';
import { type ListenerDeps, onClick } from './actions/click.ts';
import { UNKNOWN_ACTION, unknownAction } from './actions/unknown-action.ts';
import { ACTIONS } from './actions.ts';
import { nginxStatus } from './commands/nginx-status.ts';
import { COMMAND } from './commands/words.ts';
import type { Home } from './views/home.ts';

export interface AppParts {
  readonly receiver: Receiver;
  readonly botToken: string;
  readonly botId: string;
  readonly botUserId: string;
  /** Copied, because Bolt and the SDK modify the object. */
  readonly clientOptions: webApi.WebClientOptions;
  readonly boltLogger: BoltLogger;
  readonly logger: Logger;
  readonly deps: ListenerDeps;
  readonly home: Home;
}

export interface BuiltApp {
  readonly app: App;
  /** Listeners that are still running. */
  readonly inFlight: ReadonlySet<Promise<unknown>>;
}

/** Not yet initialised or started. */
export function buildApp(parts: AppParts): BuiltApp {
  const { receiver, botToken, botId, botUserId, clientOptions, boltLogger, logger, deps, home } = parts;
  const app = new App({
    receiver,
    token: botToken,
    botId,
    botUserId,
    // The token is verified already, and a second auth.test could fail in the middle of the start.
    tokenVerificationEnabled: false,
    deferInitialization: true,
    convoStore: false,
    logger: boltLogger,
    clientOptions: { ...clientOptions },
  });
  const inFlight = new Set<Promise<unknown>>();
  app.use(async ({ next }) => {
    const work = next();
    inFlight.add(work);
    try {
      await work;
    } finally {
      inFlight.delete(work);
    }
  });
  app.command(COMMAND, nginxStatus(deps));
  for (const action of ACTIONS) app.action<BlockAction>(action.id, onClick(action, deps));
  app.action<BlockAction>(UNKNOWN_ACTION, unknownAction(deps));
  app.event('app_home_opened', home.onOpened);
  app.error(async (error) => logger.error({ err: error }, 'Slack listener failed'));
  return { app, inFlight };
}
