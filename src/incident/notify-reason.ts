/** Whether a change deserves a sound or only an edit, and why. The decision travels with its reason. */
import type { IncidentChange } from '../core/incident.ts';

export interface NotifyReason {
  readonly notify: boolean;
  readonly because: string;
}

/** Facts that people asked for themselves, or that only say that things get better. */
const QUIET: ReadonlySet<IncidentChange['kind']> = new Set([
  'acknowledged',
  'unacknowledged',
  'snoozed',
  'better',
  'recovering',
]);

export function notifyReason({ kind, incident }: IncidentChange): NotifyReason {
  if (QUIET.has(kind)) return { notify: false, because: `${kind} is no call for action` };
  if (kind === 'worse') return { notify: true, because: 'it got worse, which also ends the quiet of a snooze' };
  if (incident.state === 'snoozed')
    return {
      notify: false,
      because: `snoozed${incident.acknowledgedBy === null ? '' : ` after ${incident.acknowledgedBy} took it`}`,
    };
  if (kind === 'opened')
    return {
      notify: true,
      because:
        incident.severity === 'critical' ? 'clients are being lost' : 'clients will be lost unless somebody acts',
    };
  if (kind === 'cause-changed') return { notify: true, because: 'the cause is another than was said before' };
  if (kind === 'losing') return { notify: true, because: 'clients are being lost now' };
  return { notify: true, because: kind === 'resolved' ? 'it is over' : 'the snooze is over' };
}
