/**
 * The Slack side of gapwatch as `app` sees it: start, tick, notify, stop. Refuses to start with tokens that Slack
 * refuses; after that nothing Slack does ends the service, it shows in `health()` while the outbox keeps everything.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Receiver, webApi } from '@slack/bolt';
import type { Clock } from '../core/clock.ts';
import { GapwatchError } from '../core/errors.ts';
import type { IncidentChange } from '../core/incident.ts';
import type { Logger } from '../core/logger.ts';
import type { OutboxStore } from '../core/outbox.ts';
import { createAllow } from './allow.ts';
import { createAnnouncer } from './announce.ts';
import { type BuiltApp, buildApp } from './app.ts';
import { reportMessage } from './blocks/report.ts';
import { fallback, mrkdwn, section, user } from './blocks/text.ts';
import type { SlackConfig } from './config.ts';
import { createBoltLogger } from './connect/bolt-logger.ts';
import { createSignedHttp } from './connect/signed-http.ts';
import { SocketPair } from './connect/socket-pair.ts';
import { checkTokens, type SlackTokens, startError } from './connect/start-error.ts';
import { webCalls } from './delivery/calls.ts';
import { remedyFor } from './delivery/outcome.ts';
import { createOutbox, type Outbox, type Posted } from './outbox.ts';
import type { Report, SlackPorts } from './ports.ts';
import { uploadPicture } from './upload.ts';
import { createHome, type Home } from './views/home.ts';

export interface SlackOptions {
  readonly config: SlackConfig;
  readonly tokens: SlackTokens;
  readonly ports: SlackPorts;
  readonly store: OutboxStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A message or an edit has arrived: the event stream's `posted`. */
  onPosted?(posted: Posted): void;
}

export interface SlackHealth {
  /** waiting: Slack cannot be reached yet. degraded: connected, but something is refused. */
  readonly state: 'stopped' | 'waiting' | 'connected' | 'degraded';
  /** Slack's own name of what is wrong, and what a person can do. */
  readonly error: string | null;
  readonly remedy: string | null;
}

export interface Slack {
  /** Resolves when connected, or when Slack cannot be reached now (`tick` goes on trying). Throws GapwatchError. */
  start(): Promise<void>;
  /** To be called a few times a second: delivers what is due, reconnects, refreshes App Homes. */
  tick(): void;
  /** Synchronous, durable when it returns; call it in the transaction that stores the change. False: no channel. */
  notify(change: IncidentChange): boolean;
  /** A line for the incident's owner in its thread, once for each key. */
  remind(incidentId: string, userId: string, key: string, text: string): void;
  /** Puts a PNG into the incident's message. */
  illustrate(incidentId: string, png: Uint8Array): Promise<void>;
  /** Posts a report once for each key, to `slack.digestChannel`. False: no channel. */
  postDigest(key: string, report: Report, png: Uint8Array | null): Promise<boolean>;
  health(): SlackHealth;
  /** Stops intake, waits at most 5 s for what is under way, closes. What is not delivered stays in the store. */
  stop(): Promise<void>;
}

const DRAIN_MS = 5_000;
const START_MS = 10_000;
const RETRY_MS = 5_000;

interface Link {
  readonly built: BuiltApp;
  readonly receiver: Receiver;
  readonly home: Home;
}

export function createSlack(options: SlackOptions): Slack {
  const { config, tokens, ports, store, clock, logger } = options;
  checkTokens(tokens, config.mode);
  const boltLogger = createBoltLogger(logger);
  const apiUrl = config.apiUrl.endsWith('/') ? config.apiUrl : `${config.apiUrl}/`;
  const clientOptions = (timeout: number): webApi.WebClientOptions => ({
    slackApiUrl: apiUrl,
    logger: boltLogger,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout,
  });
  const web = new webApi.WebClient(tokens.botToken, clientOptions(10_000));
  const announcer = createAnnouncer({ store, config, clock, seenBefore: (incident) => ports.seenBefore(incident) });
  let link: Link | null = null;
  let outbox: Outbox | null = null;
  let connecting: Promise<void> | null = null;
  let nextTryAt = 0;
  let stopped = false;
  let refused: string | null = null;

  function makeReceiver(): Receiver {
    if (config.mode === 'http') {
      const { signingSecret = '' } = tokens;
      return createSignedHttp({ signingSecret, port: config.port, logger: boltLogger, clock });
    }
    return new SocketPair({
      appToken: tokens.appToken ?? '',
      apiUrl,
      logger: boltLogger,
      onConnections(count) {
        if (count > 0) refused = null;
        logger.debug({ count }, 'Slack connections');
      },
      onRefusal(error) {
        if (refused !== error) logger.error({ error, remedy: remedyFor(error) }, 'Slack refuses to connect');
        refused = error;
      },
    });
  }

  /** Who we are; null when Slack cannot be reached. */
  async function identify(): Promise<webApi.AuthTestResponse | null> {
    try {
      return await web.auth.test();
    } catch (error) {
      const final = startError(error, 'SLACK_BOT_TOKEN');
      if (final !== null) throw final;
      logger.warn({ err: error, apiUrl }, 'Slack cannot be reached; trying again');
      return null;
    }
  }

  async function open(receiver: Receiver): Promise<void> {
    const opened = receiver.start().then(
      () => logger.info({ mode: config.mode }, 'connected to Slack'),
      (error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
          throw new GapwatchError('CONFIG', `slack.port ${config.port} is in use`, {
            hint: 'Set another slack.port.',
            cause: error,
          });
        }
        throw startError(error, 'SLACK_APP_TOKEN') ?? error;
      },
    );
    opened.catch((error: unknown) => {
      refused = error instanceof GapwatchError ? error.message : String(error);
    });
    const patience = new AbortController();
    await Promise.race([opened, sleep(START_MS, undefined, { signal: patience.signal }).catch(() => {})]);
    patience.abort();
  }

  function assemble(who: webApi.AuthTestResponse): Link {
    const receiver = makeReceiver();
    const homeIds = [who.team_id, who.enterprise_id].filter((id) => id !== undefined);
    const membersOf = async (usergroup: string) => (await web.usergroups.users.list({ usergroup })).users ?? [];
    const allow = createAllow({ config: config.allow, homeIds, membersOf, clock, logger });
    const home = createHome({ client: web, ports, clock, logger });
    const built = buildApp({
      receiver,
      botToken: tokens.botToken,
      botId: who.bot_id ?? '',
      botUserId: who.user_id ?? '',
      clientOptions: clientOptions(3_000),
      boltLogger,
      logger,
      deps: { ports, allow, clock, logger, refreshHome: (userId) => home.publish(userId) },
      home,
    });
    return { built, receiver, home };
  }

  async function connect(): Promise<void> {
    const who = await identify();
    if (who === null) {
      nextTryAt = clock.now() + RETRY_MS;
      return;
    }
    const made = assemble(who);
    await made.built.app.init();
    outbox ??= createOutbox({
      store,
      calls: webCalls(web),
      clock,
      logger,
      config: config.delivery,
      onPosted: (posted) => options.onPosted?.(posted),
    });
    link = made;
    await open(made.receiver);
  }

  function connectOnce(): Promise<void> {
    connecting ??= connect().finally(() => {
      connecting = null;
    });
    return connecting;
  }

  function touched(): void {
    link?.home.changed();
    outbox?.pump();
  }

  return {
    start: connectOnce,
    tick() {
      if (stopped) return;
      if (link === null && connecting === null && clock.now() >= nextTryAt) {
        connectOnce().catch((error: unknown) => {
          refused = error instanceof Error ? error.message : String(error);
          nextTryAt = clock.now() + 60_000;
          logger.error({ err: error }, 'Slack refuses to start');
        });
      }
      outbox?.pump();
      void link?.home.tick();
    },
    notify(change) {
      const announced = announcer.announce(change);
      // Not in this turn: the caller's transaction must be over before a call reads the store.
      queueMicrotask(touched);
      return announced;
    },
    remind(incidentId, userId, key, text) {
      const line = mrkdwn`${user(userId)} ${text}`;
      announcer.remark(incidentId, `remind:${incidentId}:${key}`, { text: fallback(text), blocks: [section(line)] });
      touched();
    },
    async illustrate(incidentId, png) {
      const id = await uploadPicture(png, `${incidentId}.png`, { client: web, clock, logger, sleep });
      if (id !== null) announcer.illustrate(incidentId, id);
      touched();
    },
    async postDigest(key, report, png) {
      const channel = config.digestChannel ?? config.channel;
      if (channel === undefined) return false;
      const id = png === null ? null : await uploadPicture(png, 'digest.png', { client: web, clock, logger, sleep });
      announcer.say(`digest:${key}`, channel, 'gapwatch_digest', reportMessage(report, id));
      touched();
      return true;
    },
    health() {
      if (stopped) return { state: 'stopped', error: null, remedy: null };
      const trouble = outbox?.trouble() ?? null;
      const error = refused ?? trouble?.error ?? null;
      if (link === null) return { state: 'waiting', error, remedy: error === null ? null : remedyFor(error) };
      return {
        state: error === null ? 'connected' : 'degraded',
        error,
        remedy: error === null ? null : remedyFor(error),
      };
    },
    async stop() {
      stopped = true;
      const drained = outbox?.drain(DRAIN_MS);
      if (link !== null) {
        await Promise.race([link.receiver.stop().catch(() => {}), sleep(2_000, undefined, { ref: false })]);
        const patience = new AbortController();
        const limit = sleep(DRAIN_MS, undefined, { signal: patience.signal }).catch(() => {});
        await Promise.race([Promise.allSettled(link.built.inFlight), limit]);
        patience.abort();
      }
      await drained;
    },
  };
}
