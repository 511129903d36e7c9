/**
 * Applies people's intents to an incident. The first one wins; later ones are refused with the name of the first
 * person.
 */

import { span } from '../core/format.ts';
import type { Incident, IncidentChange, Intent } from '../core/incident.ts';
import { change } from './change.ts';

export interface Settled {
  /** False when the incident did not change; `text` says why. */
  readonly accepted: boolean;
  readonly text: string;
  readonly incident: Incident | null;
  readonly change: IncidentChange | null;
}

function refuse(incident: Incident | null, text: string): Settled {
  return { accepted: false, text, incident, change: null };
}

function accept(...args: Parameters<typeof change>): Settled {
  const { incident, change: made } = change(...args);
  return { accepted: true, text: made.text, incident, change: made };
}

export function settle(incident: Incident | null, intent: Intent): Settled {
  if (incident === null) return refuse(null, 'That incident is already resolved or unknown here.');
  switch (intent.kind) {
    case 'acknowledge':
      return acknowledge(incident, intent);
    case 'unacknowledge':
      return incident.acknowledgedBy === null
        ? refuse(incident, 'The incident is not acknowledged.')
        : accept(incident, 'unacknowledged', intent.at, `Released by ${intent.by}.`, {
            state: 'open',
            acknowledgedBy: null,
            acknowledgedAt: null,
            snoozedUntil: null,
          });
    case 'snooze':
      return snooze(incident, intent);
    case 'resolve': {
      const lasted = span(intent.at - incident.openedAt);
      return accept(incident, 'resolved', intent.at, `Resolved by ${intent.by} after ${lasted}.`, {
        state: 'resolved',
        resolvedAt: intent.at,
        snoozedUntil: null,
      });
    }
  }
}

function acknowledge(incident: Incident, { by, at }: Intent): Settled {
  if (incident.acknowledgedBy !== null) {
    const ago = span(at - (incident.acknowledgedAt ?? at));
    return refuse(incident, `Already acknowledged by ${incident.acknowledgedBy}, ${ago} ago.`);
  }
  return accept(incident, 'acknowledged', at, `Acknowledged by ${by}.`, {
    state: 'acknowledged',
    acknowledgedBy: by,
    acknowledgedAt: at,
  });
}

/** Infinity does not survive JSON, so this is a time in the far future. */
export const UNTIL_RESOLVED = 8.64e15;

function snooze(incident: Incident, { by, at, forMs }: Extract<Intent, { kind: 'snooze' }>): Settled {
  const until = forMs === null ? UNTIL_RESOLVED : at + forMs;
  if (incident.state === 'snoozed' && incident.snoozedUntil === until)
    return refuse(incident, 'Already snoozed until then.');
  const text = `Snoozed by ${by} ${forMs === null ? 'until it is resolved' : `for ${span(forMs)}`}.`;
  return accept(incident, 'snoozed', at, text, { state: 'snoozed', snoozedUntil: until });
}

/** The end of a snooze; null while it lasts. */
export function wake(incident: Incident, at: number): ReturnType<typeof change> | null {
  if (incident.state !== 'snoozed' || (incident.snoozedUntil ?? 0) > at) return null;
  const state = incident.acknowledgedBy === null ? 'open' : 'acknowledged';
  return change(incident, 'woke', at, 'The snooze has ended and the incident continues.', {
    state,
    snoozedUntil: null,
  });
}
