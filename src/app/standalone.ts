/**
 * The whole of gapwatch in one process: the service, Slack (or none), the digest. Starts in the order in which things
 * need each other and stops in the opposite one; a Slack that cannot be reached does not keep it from watching.
 */

import type { Config } from '../config/schema.ts';
import type { Clock } from '../core/clock.ts';
import type { Diagnosis } from '../core/diagnosis.ts';
import type { Incident, IncidentChange } from '../core/incident.ts';
import type { Logger } from '../core/logger.ts';
import type { Cause } from '../diagnose/cause.ts';
import type { SlackTokens } from '../slack/connect/start-error.ts';
import { createSlack, type Slack } from '../slack/slack.ts';
import { createOutboxStore } from '../store/outbox.ts';
import type { Store } from '../store/store.ts';
import { auditReport } from './audit-report.ts';
import { digestOf, digestRequest } from './digest-report.ts';
import { createDigestSchedule, type DigestSchedule } from './digest-schedule.ts';
import type { Events } from './events.ts';
import { createMutes } from './mutes.ts';
import { createPictures } from './pictures.ts';
import { createService, type Service } from './service.ts';
import { createSlackPorts } from './slack-ports.ts';

export interface StandaloneOptions {
  readonly config: Config;
  readonly host: string;
  readonly store: Store;
  readonly causes: readonly Cause[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: Events | null;
  /** Null: no Slack; incidents are stored and streamed only. */
  readonly tokens: SlackTokens | null;
  onDiagnosis?(diagnosis: Diagnosis): void;
  onChange?(change: IncidentChange): void;
}

export interface Standalone {
  readonly service: Service;
  readonly slack: Slack | null;
  /** Throws GapwatchError when Slack refuses the tokens for good. */
  start(): Promise<void>;
  /** Makes and posts the digest now; false when there is no channel. */
  postDigest(key: string): Promise<boolean>;
  stop(): Promise<void>;
}

const SLACK_TICK_MS = 200;
const DIGEST_TICK_MS = 1_000;
const DRAW_AFTER_MS = 3_000;
const REMIND_MS = 60_000;
/** An owner is reminded of a critical incident after this long. */
const REMIND_AFTER_MS = 15 * 60_000;
const DAY_MS = 24 * 60 * 60_000;

export function createStandalone(options: StandaloneOptions): Standalone {
  const { config, host, store, clock, logger, events } = options;
  const mutes = createMutes(store.facts, () => clock.now());
  /** Changes held back by a mute, newest of each incident. */
  const held = new Map<string, IncidentChange>();
  const timers: NodeJS.Timeout[] = [];
  const pictures = createPictures(store, config.digest.timezone, logger);
  let schedule: DigestSchedule | null = null;
  let slack: Slack | null = null;

  /** After the message is on its way, and with the first moments of the incident in the picture. */
  const drawLater = (incident: Incident): void => {
    const draw = async (): Promise<void> => {
      const png = await pictures.incident(incident, clock.now());
      if (png !== null) await slack?.illustrate(incident.id, png);
    };
    const failed = (err: unknown): void => logger.warn({ err, incident: incident.id }, 'an incident has no picture');
    timers.push(setTimeout(() => void draw().catch(failed), DRAW_AFTER_MS));
  };

  const announce = (change: IncidentChange): void => {
    const silent = change.kind === 'opened' || held.has(change.incident.id);
    if (silent && mutes.of(change.incident) !== null) {
      held.set(change.incident.id, change);
      return;
    }
    held.delete(change.incident.id);
    slack?.notify(change);
    if (change.kind === 'opened') drawLater(change.incident);
  };

  const service = createService({
    ...options,
    onChange(change) {
      announce(change);
      options.onChange?.(change);
    },
  });

  const postDigest = async (key: string): Promise<boolean> => {
    if (slack === null) return false;
    const { report, picture } = digestOf(store, digestRequest(config, host, clock.now(), DAY_MS));
    return slack.postDigest(key, report, await pictures.digest(picture));
  };

  if (options.tokens !== null) {
    slack = createSlack({
      config: config.slack,
      tokens: options.tokens,
      store: createOutboxStore(store.database),
      clock,
      logger,
      ports: createSlackPorts({
        config,
        host,
        service,
        store,
        mutes,
        clock,
        causes: options.causes.map((cause) => cause.id),
        audit: () => auditReport(service.evidence()),
        nextDigestAt: () => schedule?.nextAt() ?? null,
      }),
      onPosted: ({ incidentId, channel, ts, attempt }) =>
        events?.posted(clock.now(), { incidentId, channel, ts, attempt }),
    });
  }

  /** Tells what a mute held back once it is over, if it still matters. */
  const release = (): void => {
    for (const [id, change] of held) {
      if (mutes.of(change.incident) !== null) continue;
      held.delete(id);
      if (change.incident.state !== 'resolved') slack?.notify(change);
    }
  };

  const remind = (): void => {
    const now = clock.now();
    for (const { id, severity, acknowledgedBy, acknowledgedAt, diagnosis } of service.openIncidents()) {
      if (acknowledgedBy === null || acknowledgedAt === null || severity !== 'critical') continue;
      if (now - acknowledgedAt < REMIND_AFTER_MS) continue;
      slack?.remind(id, acknowledgedBy, String(acknowledgedAt), `still critical: ${diagnosis.summary}`);
    }
  };

  return {
    service,
    slack,
    async start() {
      await slack?.start();
      await service.start();
      if (slack !== null) {
        timers.push(setInterval(() => slack?.tick(), SLACK_TICK_MS));
        timers.push(setInterval(release, REMIND_MS / 12), setInterval(remind, REMIND_MS));
        const post = async (key: string): Promise<void> => void (await postDigest(key));
        schedule = createDigestSchedule({
          config: config.digest,
          facts: store.facts,
          logger,
          now: () => clock.now(),
          post,
        });
        timers.push(setInterval(() => void schedule?.tick(), DIGEST_TICK_MS));
      }
    },
    postDigest,
    async stop() {
      for (const timer of timers) clearInterval(timer);
      schedule?.stop();
      await service.stop();
      await slack?.stop();
    },
  };
}
