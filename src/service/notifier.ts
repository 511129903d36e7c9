/**
 * Decides which incident changes go to Slack and when. Holds a muted incident until its mute ends, refreshes the losses
 * of open incidents, reminds owners and adds a picture after the first post.
 */
import type { Clock } from '../core/clock.ts';
import type { Incident, IncidentChange } from '../core/incident.ts';
import type { Logger } from '../core/logger.ts';
import { notifyReason } from '../incident/notify-reason.ts';
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
  /** Puts a change into the outbox. Must be called inside the transaction that stores the change. */
  announce(change: IncidentChange): void;
  start(): void;
  stop(): void;
}

const DRAW_AFTER_MS = 3_000;
const UNMUTE_EVERY_MS = 5_000;
const REMIND_EVERY_MS = 60_000;
/** Delay from the acknowledgement of a critical incident to the reminder. */
const REMIND_AFTER_MS = 15 * 60_000;
/** A single young incident is refreshed more often, because its figures change fast. */
const YOUNG_MS = 3 * 60_000;
const YOUNG_REFRESH_MS = 10_000;

export function createNotifier(deps: NotifierDeps): Notifier {
  const { slack, service, store, mutes, pictures, timers, clock, logger } = deps;
  const ends = new Set<() => void>();
  const isPosted = ({ id }: Incident): boolean => store.outbox.get(parentKey(id)) !== null;

  /** The picture is drawn after the post, so that it shows the first moments of the incident. */
  function drawLater(incident: Incident): void {
    const draw = async (): Promise<void> => {
      const picture = await pictures.incident(incident, clock.now());
      if (picture === null) return;
      await slack.illustrate(incident.id, picture);
      edited(incident, 'the picture is ready');
    };
    const failed = (err: unknown): void => logger.warn({ err, incident: incident.id }, 'picture of an incident failed');
    const end = timers.later(DRAW_AFTER_MS, 'drawing an incident', () => {
      ends.delete(end);
      return draw().catch(failed);
    });
    ends.add(end);
  }

  /** A mute holds only incidents that were never posted. */
  function heldBecause({ kind, incident }: IncidentChange): string | null {
    if (isPosted(incident)) return null;
    if (kind === 'resolved') return 'the incident was never posted';
    return mutes.of(incident) === null ? null : 'the incident is muted';
  }

  function announce(change: IncidentChange): void {
    const fields = { incident: change.incident.id, change: change.kind };
    const because = heldBecause(change);
    if (because !== null) {
      logger.debug({ ...fields, because }, 'incident change held back from Slack');
      return;
    }
    const isFirst = !isPosted(change.incident);
    if (!slack.notify(change)) return;
    logger.info({ ...fields, ...notifyReason(change) }, 'incident change sent to Slack');
    if (isFirst || change.kind === 'worse') drawLater(change.incident);
  }

  function edited(incident: Incident, because: string): void {
    logger.debug({ incident: incident.id, because }, 'incident message edited');
  }

  function announceUnmuted(): void {
    for (const incident of service.openIncidents()) {
      if (isPosted(incident) || mutes.of(incident) !== null) continue;
      // The store held this incident, not a mute: its change log announces it.
      if (store.incidents.get(incident.id) === null) continue;
      const text = `${incident.diagnosis.summary} (not posted before: it was muted)`;
      announce({ kind: 'opened', at: clock.now(), incident, text });
    }
  }

  /** Posts the newest losses of open incidents as edits. */
  function refresh(): void {
    for (const incident of service.openIncidents()) {
      const newest = newestFigures(incident, service.diagnosis(), clock.now());
      if (newest === incident) continue;
      slack.refresh(newest);
      edited(incident, 'its figures changed');
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
      logger.debug({ incident: id, because: 'acknowledged, but still critical' }, 'incident owner reminded');
    }
  }

  return {
    announce,
    start() {
      ends.add(timers.every(UNMUTE_EVERY_MS, 'announcing incidents after a mute', announceUnmuted));
      ends.add(timers.every(REMIND_EVERY_MS, 'reminding', remind));
      ends.add(timers.every(REMIND_EVERY_MS, 'refreshing incidents', refresh));
      ends.add(timers.every(YOUNG_REFRESH_MS, 'refreshing young incidents', refreshYoung));
    },
    stop() {
      for (const end of ends) end();
    },
  };
}
