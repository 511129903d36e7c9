/**
 * The whole of gapwatch in one process: the service, Slack (or none), the digest. Starts in the order in which things
 * need each other and stops in the opposite one; a Slack that cannot be reached does not keep it from watching.
 */

import type { Config } from '../config/schema.ts';
import type { SteadyClock } from '../core/clock.ts';
import type { Diagnosis } from '../core/diagnosis.ts';
import { GapwatchError } from '../core/errors.ts';
import type { Incident, IncidentChange } from '../core/incident.ts';
import type { Logger } from '../core/logger.ts';
import type { Cause } from '../diagnose/cause.ts';
import { createDigestSchedule, type DigestSchedule } from '../schedule/digest-schedule.ts';
import { createWindows } from '../schedule/maintenance/windows.ts';
import { parentKey } from '../slack/announce.ts';
import type { SlackTokens } from '../slack/connect/start-error.ts';
import { examineSlack } from '../slack/examine-slack.ts';
import { createSlack, type Slack } from '../slack/slack.ts';
import type { Store } from '../store/store.ts';
import type { Events } from './events.ts';
import { createMutes } from './mutes.ts';
import { newestFigures } from './newest-figures.ts';
import { createRechecks } from './recheck.ts';
import { auditReport } from './reports/audit-report.ts';
import { digestOf, digestRequest } from './reports/digest-report.ts';
import { createPictures } from './reports/pictures.ts';
import { createService, type Service, type ServiceOptions } from './service.ts';
import { createSlackPorts } from './slack-ports.ts';
import { tendStore } from './store-notices.ts';
import { createTimers, type Timers } from './timers.ts';

export interface StandaloneOptions {
  readonly config: Config;
  readonly host: string;
  readonly store: Store;
  readonly causes: readonly Cause[];
  readonly clock: SteadyClock;
  readonly logger: Logger;
  readonly events: Events | null;
  /** Null: no Slack; incidents are stored and streamed only. */
  readonly tokens: SlackTokens | null;
  /** What looks at nginx; default: the agent of this host. */
  readonly makeAgent?: NonNullable<ServiceOptions['makeAgent']>;
  /** What starts work by the clock; default: the system's clock. */
  readonly timers?: Timers;
  onDiagnosis?(diagnosis: Diagnosis): void;
  onChange?(change: IncidentChange): void;
}

export interface Standalone {
  readonly service: Service;
  readonly slack: Slack | null;
  /** A Slack that refuses is said once and tried again; nothing of it keeps gapwatch from watching. */
  start(): Promise<void>;
  /** Makes and posts the digest now; false when there is no channel. */
  postDigest(key: string): Promise<boolean>;
  stop(): Promise<void>;
}

const SLACK_TICK_MS = 200;
const DIGEST_TICK_MS = 1_000;
const DRAW_AFTER_MS = 3_000;
const REMIND_MS = 60_000;
const RELEASE_MS = 5_000;
const TEND_STORE_MS = 10_000;
/** While the only incident is this young its figures move fast and people read them: they are shown anew this often. */
const YOUNG_MS = 3 * 60_000;
const YOUNG_REFRESH_MS = 10_000;
/** An owner is reminded of a critical incident after this long. */
const REMIND_AFTER_MS = 15 * 60_000;
const DAY_MS = 24 * 60 * 60_000;

export function createStandalone(options: StandaloneOptions): Standalone {
  const { config, host, store, clock, logger, events } = options;
  const windows = createWindows(config.maintenance);
  const mutes = createMutes({ facts: store.facts, windows, now: () => clock.now() });
  const rechecks = createRechecks(store.facts, config.thresholds);
  const { timers = createTimers(logger) } = options;
  const ends = new Set<() => void>();
  const pictures = createPictures(store, config.digest.timezone, logger);
  let schedule: DigestSchedule | null = null;
  let slack: Slack | null = null;

  /** After the message is on its way, and with the first moments of the incident in the picture. */
  const drawLater = (incident: Incident): void => {
    const draw = async (): Promise<void> => {
      const picture = await pictures.incident(incident, clock.now());
      if (picture !== null) await slack?.illustrate(incident.id, picture);
    };
    const failed = (err: unknown): void => logger.warn({ err, incident: incident.id }, 'an incident has no picture');
    const end = timers.later(DRAW_AFTER_MS, 'drawing an incident', () => {
      ends.delete(end);
      return draw().catch(failed);
    });
    ends.add(end);
  };

  const every = (ms: number, what: string, work: () => unknown): void => void ends.add(timers.every(ms, what, work));

  const isTold = ({ id }: Incident): boolean => store.outbox.get(parentKey(id)) !== null;

  /** A mute keeps an incident from being told; what was told before goes on in its message. */
  const announce = (change: IncidentChange): void => {
    if (slack === null) return;
    const first = !isTold(change.incident);
    if (first && (change.kind === 'resolved' || mutes.of(change.incident) !== null)) return;
    if (slack.notify(change) && (first || change.kind === 'worse')) drawLater(change.incident);
  };

  const service = createService({
    ...options,
    onChange(change) {
      rechecks.remember(change.incident, service.evidence());
      announce(change);
      options.onChange?.(change);
    },
  });

  const postDigest = async (key: string): Promise<boolean> => {
    if (slack === null) return false;
    const { report, picture } = digestOf(store, digestRequest(config, host, clock.now(), DAY_MS));
    return slack.postDigest(key, report, await pictures.digest(picture));
  };

  const { tokens } = options;
  if (tokens !== null) {
    slack = createSlack({
      config: config.slack,
      tokens,
      store: store.outbox,
      clock,
      logger,
      ports: createSlackPorts({
        config,
        host,
        service,
        store,
        mutes,
        rechecks,
        clock,
        causes: options.causes,
        audit: () => auditReport(service.evidence()),
        slackItems: () =>
          examineSlack({ config: config.slack, tokens, outbox: store.outbox, connected: true, clock, logger }),
        nextDigestAt: () => schedule?.nextAt() ?? null,
      }),
      onPosted: ({ incidentId, channel, ts, attempt }) =>
        events?.posted(clock.now(), { incidentId, channel, ts, attempt }),
    });
  }

  /** Tells of what a mute kept back once it is over, if it still matters. */
  const release = (): void => {
    for (const incident of service.openIncidents()) {
      if (isTold(incident) || mutes.of(incident) !== null) continue;
      // What could not be stored yet was kept back by no mute.
      if (store.incidents.get(incident.id) === null) continue;
      const text = `${incident.diagnosis.summary} (not told before: it was muted)`;
      announce({ kind: 'opened', at: clock.now(), incident, text });
    }
  };

  /** An incident that goes on without a change still shows what is lost now. */
  const refresh = (): void => {
    for (const incident of service.openIncidents()) {
      const newest = newestFigures(incident, service.diagnosis(), clock.now());
      if (newest !== incident) slack?.refresh(newest);
    }
  };

  const refreshYoung = (): void => {
    const [only, ...others] = service.openIncidents();
    if (only !== undefined && others.length === 0 && clock.now() - only.openedAt < YOUNG_MS) refresh();
  };

  const remind = (): void => {
    const now = clock.now();
    for (const { id, severity, state, acknowledgedBy, acknowledgedAt, diagnosis } of service.openIncidents()) {
      if (acknowledgedBy === null || acknowledgedAt === null || severity !== 'critical') continue;
      if (state === 'snoozed') continue;
      if (now - acknowledgedAt < REMIND_AFTER_MS) continue;
      slack?.remind(id, acknowledgedBy, String(acknowledgedAt), `still critical: ${diagnosis.summary}`);
    }
  };

  /** It has said so itself and goes on trying. */
  const refusedBySlack = (error: unknown): void => {
    if (!(error instanceof GapwatchError)) throw error;
  };

  return {
    service,
    slack,
    async start() {
      await slack?.start().catch(refusedBySlack);
      await service.start();
      const tend = (): void => tendStore(store.health, slack, host);
      timers.now('tending the store', tend);
      every(TEND_STORE_MS, 'tending the store', tend);
      if (slack !== null) {
        every(SLACK_TICK_MS, 'delivering to Slack', () => slack?.tick());
        every(RELEASE_MS, 'telling what was muted', release);
        every(REMIND_MS, 'reminding', remind);
        every(REMIND_MS, 'refreshing incidents', refresh);
        every(YOUNG_REFRESH_MS, 'refreshing a young incident', refreshYoung);
        const post = async (key: string): Promise<void> => void (await postDigest(key));
        schedule = createDigestSchedule({
          config: config.digest,
          facts: store.facts,
          logger,
          now: () => clock.now(),
          post,
        });
        every(DIGEST_TICK_MS, 'posting the digest', () => schedule?.tick());
      }
    },
    postDigest,
    async stop() {
      for (const end of ends) end();
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
