/**
 * Decides which incident changes Slack receives and when: a muted incident is held back until its mute ends, an open one
 * is refreshed with its newest losses, its owner is reminded, and a picture follows the first message.
 */
import type { Clock } from '../core/clock.ts';
import type { Incident, IncidentChange } from '../core/incident.ts';
import type { Logger } from '../core/logger.ts';
import { parentKey } from '../slack/announce.ts';
import type { Slack } from '../slack/slack.ts';
import type { Store } from '../store/store.ts';
import type { Mutes } from './mutes.ts';
import { newestFigures } from './newest-figures.ts';
import type { Pictures } from './reports/pictures.ts';
import type { Service } from './service.ts';
import type { Timers } from './timers.ts';

export interface NotifierDeps {
  readonly slack: Pick<Slack, 'notify' | 'refresh' | 'remind' | 'illustrate'>;
  readonly service: Pick<Service, 'openIncidents' | 'diagnosis'>;
  readonly store: Pick<Store, 'outbox' | 'incidents'>;
  readonly mutes: Pick<Mutes, 'of'>;
  readonly pictures: Pick<Pictures, 'incident'>;
  readonly timers: Timers;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Notifier {
  /** Puts a change into the outbox; call it inside the transaction that stores the change. */
  announce(change: IncidentChange): void;
  start(): void;
  stop(): void;
}

const DRAW_AFTER_MS = 3_000;
const UNMUTE_EVERY_MS = 5_000;
const REMIND_EVERY_MS = 60_000;
/** The owner of a critical incident is reminded this long after the acknowledgement. */
const REMIND_AFTER_MS = 15 * 60_000;
/** The figures of a young incident move fast and people read them, so a single one is refreshed more often. */
const YOUNG_MS = 3 * 60_000;
const YOUNG_REFRESH_MS = 10_000;

export function createNotifier(deps: NotifierDeps): Notifier {
  const { slack, service, store, mutes, pictures, timers, clock, logger } = deps;
  const ends = new Set<() => void>();
  const isPosted = ({ id }: Incident): boolean => store.outbox.get(parentKey(id)) !== null;

  /** The message goes first, and the picture then shows the first moments of the incident. */
  function drawLater(incident: Incident): void {
    const draw = async (): Promise<void> => {
      const picture = await pictures.incident(incident, clock.now());
      if (picture !== null) await slack.illustrate(incident.id, picture);
    };
    const failed = (err: unknown): void => logger.warn({ err, incident: incident.id }, 'an incident has no picture');
    const end = timers.later(DRAW_AFTER_MS, 'drawing an incident', () => {
      ends.delete(end);
      return draw().catch(failed);
    });
    ends.add(end);
  }

  /** A mute holds back only an incident that was not posted before. */
  function announce(change: IncidentChange): void {
    const isFirst = !isPosted(change.incident);
    if (isFirst && (change.kind === 'resolved' || mutes.of(change.incident) !== null)) return;
    if (slack.notify(change) && (isFirst || change.kind === 'worse')) drawLater(change.incident);
  }

  function announceUnmuted(): void {
    for (const incident of service.openIncidents()) {
      if (isPosted(incident) || mutes.of(incident) !== null) continue;
      // An incident that is not stored yet was held back by the store, not by a mute.
      if (store.incidents.get(incident.id) === null) continue;
      const text = `${incident.diagnosis.summary} (not told before: it was muted)`;
      announce({ kind: 'opened', at: clock.now(), incident, text });
    }
  }

  /** Shows the newest losses of incidents that go on without a change. */
  function refresh(): void {
    for (const incident of service.openIncidents()) {
      const newest = newestFigures(incident, service.diagnosis(), clock.now());
      if (newest !== incident) slack.refresh(newest);
    }
  }

  function refreshYoung(): void {
    const [only, ...others] = service.openIncidents();
    if (only !== undefined && others.length === 0 && clock.now() - only.openedAt < YOUNG_MS) refresh();
  }

  function remind(): void {
    for (const { id, severity, state, acknowledgedBy, acknowledgedAt, diagnosis } of service.openIncidents()) {
      if (acknowledgedBy === null || acknowledgedAt === null || severity !== 'critical') continue;
      if (state === 'snoozed' || clock.now() - acknowledgedAt < REMIND_AFTER_MS) continue;
      slack.remind(id, acknowledgedBy, String(acknowledgedAt), `still critical: ${diagnosis.summary}`);
    }
  }

  return {
    announce,
    start() {
      ends.add(timers.every(UNMUTE_EVERY_MS, 'announcing what was muted', announceUnmuted));
      ends.add(timers.every(REMIND_EVERY_MS, 'reminding', remind));
      ends.add(timers.every(REMIND_EVERY_MS, 'refreshing incidents', refresh));
      ends.add(timers.every(YOUNG_REFRESH_MS, 'refreshing a young incident', refreshYoung));
    },
    stop() {
      for (const end of ends) end();
    },
  };
}
