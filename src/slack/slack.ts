/**
 * The Slack side of gapwatch as `app` sees it: start, tick, notify, stop. Refuses to start with tokens that Slack
 * refuses; after that nothing Slack does ends the service, it shows in `health()` while the outbox keeps everything.
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
  /** Resolves when connected or unreachable, throws GapwatchError when refused; `tick` goes on trying in both cases. */
  start(): Promise<void>;
  /** To be called a few times a second: delivers what is due, reconnects, refreshes App Homes. */
  tick(): void;
  /** Synchronous, durable when it returns; call it in the transaction that stores the change. False: no channel. */
  notify(change: IncidentChange): boolean;
  /** Newer figures of an incident that did not change otherwise. */
  refresh(incident: Incident): void;
  /** A line for the incident's owner in its thread, once for each key. */
  remind(incidentId: string, userId: string, key: string, text: string): void;
  /** Puts a picture into the incident's message: the PNG, or what stands for it where Slack takes none. */
  illustrate(incidentId: string, picture: Picture): Promise<void>;
  /** Posts a report once for each key, to `slack.digestChannel`. False: no channel. */
  postDigest(key: string, report: Report, png: Uint8Array | null): Promise<boolean>;
  /** Posts what people must know of gapwatch itself, once for each key, to `slack.channel`. */
  notice(key: string, report: Report): void;
  health(): SlackHealth;
  /** Stops intake, waits at most 3 s for what is under way, ends it. What is not delivered stays in the store. */
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
    // Not in this turn: the caller's transaction must be over before a call reads the store.
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
    if (trouble.error !== this.refused) logger.error(trouble, 'Slack refuses; gapwatch watches on without it');
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
    // Stopped while Slack was asked: a connection made now would be nobody's to close.
    if (who === null || this.stopped) return;
    const link = this.assemble(who);
    await link.built.app.init();
    const calls = webCalls(this.web);
    const posted = (event: Posted): void => onPosted?.(event);
    this.outbox ??= createOutbox({ store, calls, clock, logger, config: config.delivery, onPosted: posted });
    this.link = link;
    await this.open(link);
  }

  /** Who we are; null when Slack cannot be reached. */
  private async identify(): Promise<webApi.AuthTestResponse | null> {
    try {
      return await this.web.auth.test();
    } catch (error) {
      const final = startError(error, 'SLACK_BOT_TOKEN');
      if (final !== null) throw final;
      const { logger, config } = this.options;
      logger.warn({ err: error, apiUrl: config.apiUrl }, 'Slack cannot be reached; trying again');
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
        if (this.refused !== error) logger.error({ error, remedy: remedyFor(error) }, 'Slack refuses to connect');
        this.refused = error;
      },
    });
  }

  /** Waits for the connection, but not for ever: the SDK goes on trying while Slack has trouble of its own. */
  private async open(link: Link): Promise<void> {
    const { config, logger } = this.options;
    const opened = link.open().then(() => logger.info({ mode: config.mode }, 'connected to Slack'));
    opened.catch((error: unknown) => this.refuse(error)).catch(() => {});
    await within(START_MS, opened);
  }
}

export const createSlack = (options: SlackOptions): Slack => new SlackService(options);
