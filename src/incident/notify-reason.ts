/** Decides whether a change notifies people or is only an edit, and returns the reason. */
import type { IncidentChange } from '../core/incident.ts';

export interface NotifyReason {
  readonly notify: boolean;
  readonly because: string;
}

/** Changes that people made, or that are improvements. */
const QUIET: ReadonlySet<IncidentChange['kind']> = new Set([
  'acknowledged',
  'unacknowledged',
  'snoozed',
  'better',
  'recovering',
]);

export function notifyReason({ kind, incident }: IncidentChange): NotifyReason {
  if (QUIET.has(kind)) return { notify: false, because: `${kind} is no call for action` };
  if (kind === 'worse') return { notify: true, because: 'it got worse, which also ends a snooze' };
  if (incident.state === 'snoozed')
    return {
      notify: false,
      because: `snoozed${incident.acknowledgedBy === null ? '' : ` after ${incident.acknowledgedBy} took it`}`,
    };
  if (kind === 'opened')
    return {
      notify: true,
      because: incident.severity === 'critical' ? 'clients are being lost' : 'clients will be lost without action',
    };
  if (kind === 'cause-changed') return { notify: true, because: 'the cause has changed' };
  if (kind === 'losing') return { notify: true, because: 'clients are being lost now' };
  return { notify: true, because: kind === 'resolved' ? 'it is resolved' : 'the snooze has ended' };
}
