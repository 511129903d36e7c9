/**
 * The Slack side of the service: start, tick, notify, stop. Refuses to start with tokens that Slack refuses. Later
 * failures end nothing: `health()` reports them and the outbox keeps every message.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Logger as BoltLogger, webApi } from '@slack/bolt';
import type { Clock } from '../core/clock.ts';
import type { Incident, IncidentChange } from '../core/incident.ts';
import type { Logger } from '../core/logger.ts';
import type { OutboxStore } from '../core/outbox.ts';
import { type Announcer, createAnnouncer } from './announce.ts';
import { pictureBlocks } from './blocks/picture.ts';
import { reportMessage } from './blocks/report.ts';
import { fallback, mrkdwn, section, showClientAddresses, user } from './blocks/text.ts';
import type { SlackConfig } from './config.ts';
import { createBoltLogger } from './connect/bolt-logger.ts';
import { clientOptions } from './connect/client-options.ts';
import { createSlackFetch } from './connect/slack-fetch.ts';
import { checkTokens, type SlackTokens, startError, troubleOf } from './connect/start-error.ts';
import { within } from './connect/within.ts';
import { webCalls } from './delivery/calls.ts';
import { remedyFor } from './delivery/outcome.ts';
import { createDirectory, type Directory } from './directory.ts';
import { createIncidentChannels, type IncidentChannels } from './incident-channels.ts';
import { ANSWER_MS, createLink, type Link } from './link.ts';
import { createOutbox, type Outbox, type Posted } from './outbox.ts';
import type { Picture, Report, SlackPorts } from './ports.ts';
import { uploadPicture } from './upload.ts';

export interface SlackOptions {
  readonly config: SlackConfig;
  readonly tokens: SlackTokens;
  readonly ports: SlackPorts;
  readonly store: OutboxStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called after each delivered post or edit, for the event `posted`. */
  onPosted?(posted: Posted): void;
}

export interface SlackHealth {
  /** waiting: Slack is not reachable yet. degraded: connected, but something is refused. */
  readonly state: 'stopped' | 'waiting' | 'connected' | 'degraded';
  /** Slack's error name and its remedy. */
  readonly error: string | null;
  readonly remedy: string | null;
}

export interface Slack {
  /** Resolves when connected or unreachable. Throws GapwatchError when refused. `tick` retries in both cases. */
  start(): Promise<void>;
  /** Must be called a few times a second. Delivers due messages, reconnects and refreshes App Homes. */
  tick(): void;
  /**
   * Synchronous and durable. Must be called in the transaction that stores the change. Returns false without a channel.
   */
  notify(change: IncidentChange): boolean;
  /** Posts newer figures of an incident without another change. */
  refresh(incident: Incident): void;
  /** Posts a note for the owner in the incident's thread, once for each key. */
  remind(incidentId: string, userId: string, key: string, text: string): void;
  /** Adds a picture to the incident's message: the PNG, or its replacement when Slack accepts no files. */
  illustrate(incidentId: string, picture: Picture): Promise<void>;
  /** Posts a report to `slack.digestChannel`, once for each key. Returns false without a channel. */
  postDigest(key: string, report: Report, png: Uint8Array | null): Promise<boolean>;
  /** Posts a notice about gapwatch itself to `slack.channel`, once for each key. */
  notice(key: string, report: Report): void;
  health(): SlackHealth;
  /** Stops intake and waits at most 3 s for running calls. Undelivered messages stay in the store. */
  stop(): Promise<void>;
}

const STOP_MS = 3_000;
const CALL_MS = 10_000;
const START_MS = 10_000;
const RETRY_MS = 5_000;
const REFUSED_MS = 60_000;
const CLOSE_MS = 2_000;

class SlackService implements Slack {
  private readonly options: SlackOptions;
  private readonly boltLogger: BoltLogger;
  private readonly calls = createSlackFetch();
  private readonly web: webApi.WebClient;
  private readonly directory: Directory;
  private readonly announcer: Announcer;
  private readonly channels: IncidentChannels;
  private link: Link | null = null;
  private outbox: Outbox | null = null;
  private connecting: Promise<void> | null = null;
  private nextTryAt = 0;
  private stopped = false;
  private refused: string | null = null;

  constructor(options: SlackOptions) {
    const { config, tokens, ports, store, clock, logger } = options;
    this.options = options;
    this.boltLogger = createBoltLogger(logger, clock);
    const { fetch } = this.calls;
    const client = { slackApiUrl: config.apiUrl, logger: this.boltLogger, timeout: CALL_MS, fetch };
    this.web = new webApi.WebClient(tokens.botToken, clientOptions(client));
    const asking = new webApi.WebClient(tokens.botToken, clientOptions({ ...client, timeout: ANSWER_MS }));
    this.directory = createDirectory(asking, clock);
    showClientAddresses(config.clientAddresses);
    this.announcer = createAnnouncer({ store, config, clock, seenBefore: (incident) => ports.seenBefore(incident) });
    this.channels = createIncidentChannels({
      config: config.incidentChannels,
      store,
      announcer: this.announcer,
      client: this.web,
      directory: this.directory,
      clock,
      logger,
    });
  }

  start(): Promise<void> {
    this.connecting ??= this.connect()
      .catch((error: unknown) => this.refuse(error))
      .finally(() => {
        this.connecting = null;
      });
    return this.connecting;
  }

  tick(): void {
    if (this.stopped) return;
    const due = this.options.clock.monotonicMs() >= this.nextTryAt;
    if (due && this.link === null && this.connecting === null) this.start().catch(() => {});
    this.outbox?.pump();
    if (this.link !== null) void this.channels.pump();
    void this.link?.home.tick();
  }

  notify(change: IncidentChange): boolean {
    const announced = this.announcer.announce(change);
    if (announced) this.channels.follow(change);
    // Deferred, because the caller's transaction must end before a call reads the store.
    queueMicrotask(() => this.touched());
    return announced;
  }

  refresh(incident: Incident): void {
    this.announcer.refresh(incident);
    this.touched();
  }

  remind(incidentId: string, userId: string, key: string, text: string): void {
    const line = mrkdwn`${user(userId)} ${text}`;
    this.announcer.remark(incidentId, `remind:${incidentId}:${key}`, { text: fallback(text), blocks: [section(line)] });
    this.touched();
  }

  async illustrate(incidentId: string, picture: Picture): Promise<void> {
    const fileId = picture.png === null ? null : await this.upload(picture.png, `${incidentId}.png`);
    this.announcer.illustrate(incidentId, pictureBlocks(picture, fileId));
    this.touched();
  }

  async postDigest(key: string, report: Report, png: Uint8Array | null): Promise<boolean> {
    const { digestChannel, channel = null } = this.options.config;
    const target = digestChannel ?? channel;
    if (target === null) return false;
    const fileId = png === null ? null : await this.upload(png, 'digest.png');
    this.announcer.say(`digest:${key}`, target, 'gapwatch_digest', reportMessage(report, fileId));
    this.touched();
    return true;
  }

  notice(key: string, report: Report): void {
    const { channel } = this.options.config;
    if (channel === undefined) return;
    this.announcer.say(`notice:${key}`, channel, 'gapwatch_notice', reportMessage(report));
    this.touched();
  }

  health(): SlackHealth {
    if (this.stopped) return { state: 'stopped', error: null, remedy: null };
    const error = this.refused ?? this.outbox?.trouble()?.error ?? null;
    const connected = error === null ? 'connected' : 'degraded';
    const remedy = error === null ? null : remedyFor(error);
    return { state: this.link === null ? 'waiting' : connected, error, remedy };
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await within(STOP_MS, Promise.allSettled([this.outbox?.drain(STOP_MS), this.hangUp()]));
    this.calls.end();
  }

  private async hangUp(): Promise<void> {
    if (this.link === null) return;
    const { receiver, built } = this.link;
    await within(CLOSE_MS, Promise.allSettled([receiver.stop()]));
    await Promise.allSettled(built.inFlight);
  }

  private refuse(error: unknown): never {
    const trouble = troubleOf(error);
    const { clock, logger } = this.options;
    if (trouble.error !== this.refused) logger.error(trouble, 'Slack refuses the connection, retrying');
    this.refused = trouble.error;
    this.nextTryAt = clock.monotonicMs() + REFUSED_MS;
    throw error;
  }

  private upload(png: Uint8Array, filename: string): Promise<string | null> {
    const { clock, logger } = this.options;
    return uploadPicture(png, filename, { client: this.web, clock, logger, sleep });
  }

  private touched(): void {
    this.link?.home.changed();
    this.outbox?.pump();
  }

  private async connect(): Promise<void> {
    const { store, clock, logger, config, tokens, onPosted } = this.options;
    checkTokens(tokens, config.mode);
    const who = await this.identify();
    if (who === null) this.nextTryAt = clock.monotonicMs() + RETRY_MS;
    // Stopped during the call: the new connection would never be closed.
    if (who === null || this.stopped) return;
    const link = this.assemble(who);
    await link.built.app.init();
    const calls = webCalls(this.web);
    const posted = (event: Posted): void => onPosted?.(event);
    this.outbox ??= createOutbox({ store, calls, clock, logger, config: config.delivery, onPosted: posted });
    this.link = link;
    await this.open(link);
  }

  /** The identity of the bot; null when Slack is unreachable. */
  private async identify(): Promise<webApi.AuthTestResponse | null> {
    try {
      return await this.web.auth.test();
    } catch (error) {
      const final = startError(error, 'SLACK_BOT_TOKEN');
      if (final !== null) throw final;
      const { logger, config } = this.options;
      logger.warn({ err: error, apiUrl: config.apiUrl }, 'Slack unreachable, retrying');
      return null;
    }
  }

  private assemble(who: webApi.AuthTestResponse): Link {
    const { logger } = this.options;
    return createLink({
      ...this.options,
      who,
      web: this.web,
      fetch: this.calls.fetch,
      boltLogger: this.boltLogger,
      directory: this.directory,
      onConnected: () => {
        this.refused = null;
      },
      onRefusal: (error) => {
        if (this.refused !== error) logger.error({ error, remedy: remedyFor(error) }, 'Slack refuses a connection');
        this.refused = error;
      },
    });
  }

  /** Waits a limited time: the SDK keeps retrying while Slack is unreachable. */
  private async open(link: Link): Promise<void> {
    const { config, logger } = this.options;
    const opened = link.open().then(() => logger.info({ mode: config.mode }, 'connected to Slack'));
    opened.catch((error: unknown) => this.refuse(error)).catch(() => {});
    await within(START_MS, opened);
  }
}

export const createSlack = (options: SlackOptions): Slack => new SlackService(options);
