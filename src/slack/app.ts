/** Builds the Bolt app: receiver, options and listeners. No other file builds one. */
import { App, type BlockAction, type Logger as BoltLogger, type Receiver, type webApi } from '@slack/bolt';
import type { Logger } from '../core/logger.ts';
import type { ListenerDeps } from './actions/click.ts';
import { incidentAck } from './actions/incident-ack.ts';
import { incidentEvidence } from './actions/incident-evidence.ts';
import { incidentRecheck } from './actions/incident-recheck.ts';
import { incidentResolve } from './actions/incident-resolve.ts';
import { incidentSnooze } from './actions/incident-snooze.ts';
import { incidentUnack } from './actions/incident-unack.ts';
import { UNKNOWN_ACTION, unknownAction } from './actions/unknown-action.ts';
import type { IncidentAction } from './blocks/incident-actions.ts';
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

const ACTIONS: Readonly<Record<IncidentAction, typeof incidentAck>> = {
  incident_ack: incidentAck,
  incident_unack: incidentUnack,
  incident_snooze: incidentSnooze,
  incident_recheck: incidentRecheck,
  incident_evidence: incidentEvidence,
  incident_resolve: incidentResolve,
};

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
  for (const [id, listener] of Object.entries(ACTIONS)) app.action<BlockAction>(id, listener(deps));
  app.action<BlockAction>(UNKNOWN_ACTION, unknownAction(deps));
  app.event('app_home_opened', home.onOpened);
  app.error(async (error) => logger.error({ err: error }, 'Slack listener failed'));
  return { app, inFlight };
}
