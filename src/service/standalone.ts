/**
 * Runs gapwatch in one process: the service, Slack (optional) and the digest. Starts the parts in the order of their
 * dependencies and stops them in reverse. Watches nginx even when Slack is unreachable.
 */

import type { Config } from '../config/schema.ts';
import type { SteadyClock } from '../core/clock.ts';
import type { Diagnosis } from '../core/diagnosis.ts';
import { GapwatchError } from '../core/errors.ts';
import type { IncidentChange } from '../core/incident.ts';
import type { Logger } from '../core/logger.ts';
import { createDigestSchedule, type DigestSchedule } from '../schedule/digest-schedule.ts';
import { createWindows } from '../schedule/maintenance/windows.ts';
import type { SlackTokens } from '../slack/connect/start-error.ts';
import { examineSlack } from '../slack/examine-slack.ts';
import { createSlack, type Slack } from '../slack/slack.ts';
import type { Store } from '../store/store.ts';
import type { Events } from './events.ts';
import type { Parts } from './load-parts.ts';
import { createMutes, type Mutes } from './mutes.ts';
import { createNotifier } from './notifier.ts';
import { createRechecks, type Rechecks } from './recheck.ts';
import { auditReport } from './reports/audit-report.ts';
import { digestOf, digestRequest } from './reports/digest-report.ts';
import { createPictures } from './reports/pictures.ts';
import { createService, type Service, type ServiceOptions } from './service.ts';
import { createSlackPorts } from './slack-ports.ts';
import { reportStoreHealth } from './store-notices.ts';
import { createTimers, type Timers } from './timers.ts';

export interface StandaloneOptions extends Parts {
  readonly config: Config;
  readonly host: string;
  readonly store: Store;
  readonly clock: SteadyClock;
  readonly logger: Logger;
  readonly events: Events | null;
  /** Null: without Slack, incidents are only stored and streamed. */
  readonly tokens: SlackTokens | null;
  /** Creates the observer of nginx; default: the agent of this host. */
  readonly makeAgent?: NonNullable<ServiceOptions['makeAgent']>;
  /** Starts timed work; default: the system clock. */
  readonly timers?: Timers;
  onDiagnosis?(diagnosis: Diagnosis): void;
  onChange?(change: IncidentChange): void;
}

export interface Standalone {
  readonly service: Service;
  readonly slack: Slack | null;
  /** A refusal by Slack is logged once and retried. It does not stop the watch. */
  start(): Promise<void>;
  /** Makes and posts the digest now. Returns false when no channel is configured. */
  postDigest(key: string): Promise<boolean>;
  stop(): Promise<void>;
}

const SLACK_TICK_MS = 200;
const DIGEST_TICK_MS = 1_000;
const CHECK_STORE_EVERY_MS = 10_000;
const DAY_MS = 24 * 60 * 60_000;

/** The refusal is logged already and the connection is retried. */
function refusedBySlack(error: unknown): void {
  if (!(error instanceof GapwatchError)) throw error;
}

export function createStandalone(options: StandaloneOptions): Standalone {
  const { config, host, store, clock, logger, tokens, timers = createTimers(logger) } = options;
  const windows = createWindows(config.maintenance);
  const mutes = createMutes({ facts: store.facts, windows, now: () => clock.now() });
  const rechecks = createRechecks(store.facts, config.thresholds, options.checks);
  const pictures = createPictures(store, config.digest.timezone, logger);
  const service = createService({
    ...options,
    timers,
    onChange(change) {
      rechecks.remember(change.incident, service.evidence());
      notifier?.announce(change);
      options.onChange?.(change);
    },
  });
  const nextDigestAt = (): number | null => schedule?.nextAt() ?? null;
  const slack = tokens === null ? null : openSlack({ ...options, tokens, service, mutes, rechecks, nextDigestAt });
  const notifier =
    slack === null ? null : createNotifier({ slack, service, store, mutes, pictures, timers, clock, logger });
  const ends = new Set<() => void>();
  const every = (ms: number, what: string, work: () => unknown): void => void ends.add(timers.every(ms, what, work));
  let schedule: DigestSchedule | null = null;

  const postDigest = async (key: string): Promise<boolean> => {
    if (slack === null) return false;
    const { report, picture } = digestOf(store, digestRequest(config, host, clock.now(), DAY_MS));
    return slack.postDigest(key, report, await pictures.digest(picture));
  };

  function startDigest(): void {
    schedule = createDigestSchedule({
      config: config.digest,
      facts: store.facts,
      logger,
      now: () => clock.now(),
      post: async (key) => void (await postDigest(key)),
    });
    every(DIGEST_TICK_MS, 'posting the digest', () => schedule?.tick());
  }

  return {
    service,
    slack,
    async start() {
      await slack?.start().catch(refusedBySlack);
      await service.start();
      const checkStore = (): void => reportStoreHealth(store.health, slack, host);
      timers.now('checking the store', checkStore);
      every(CHECK_STORE_EVERY_MS, 'checking the store', checkStore);
      if (slack === null) return;
      every(SLACK_TICK_MS, 'delivering to Slack', () => slack.tick());
      notifier?.start();
      startDigest();
    },
    postDigest,
    async stop() {
      for (const end of ends) end();
      notifier?.stop();
      schedule?.stop();
      pictures.stop();
      windows.stop();
      try {
        await service.stop();
      } finally {
        await slack?.stop();
      }
    },
  };
}

interface SlackParts extends StandaloneOptions {
  readonly tokens: SlackTokens;
  readonly service: Service;
  readonly mutes: Mutes;
  readonly rechecks: Rechecks;
  nextDigestAt(): number | null;
}

function openSlack(parts: SlackParts): Slack {
  const { config, tokens, store, clock, logger, events, service } = parts;
  return createSlack({
    config: config.slack,
    tokens,
    store: store.outbox,
    clock,
    logger,
    ports: createSlackPorts({
      ...parts,
      audit: () => auditReport(service.evidence()),
      slackItems: () =>
        examineSlack({ config: config.slack, tokens, outbox: store.outbox, connected: true, clock, logger }),
    }),
    onPosted: ({ incidentId, channel, ts, attempt }) =>
      events?.posted(clock.now(), { incidentId, channel, ts, attempt }),
  });
}
