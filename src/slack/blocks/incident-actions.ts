/** The buttons of an incident in each state. Every value holds incident and revision, and the server verifies them. */
import type { Incident } from '../../core/incident.ts';
import type { Block, Button } from './block.ts';
import { plain } from './text.ts';

export const INCIDENT_ACTIONS = [
  'incident_ack',
  'incident_unack',
  'incident_snooze',
  'incident_recheck',
  'incident_evidence',
  'incident_resolve',
] as const;
export type IncidentAction = (typeof INCIDENT_ACTIONS)[number];

/** Minutes; `resolved` means until the incident ends. */
export const SNOOZE_CHOICES = [
  { label: '15 minutes', span: '15' },
  { label: '1 hour', span: '60' },
  { label: '4 hours', span: '240' },
  { label: 'Until resolved', span: 'resolved' },
] as const;

export interface ActionValue {
  readonly incidentId: string;
  readonly rev: number;
  /** The chosen menu option. */
  readonly choice: string | null;
}

const actionValue = ({ id, rev }: Incident, choice?: string): string =>
  [id, rev, ...(choice === undefined ? [] : [choice])].join('|');

/** Null when the value is outdated or forged. */
export function parseActionValue(value: string): ActionValue | null {
  const match = /^([\w.:-]{1,100})\|(\d{1,9})(?:\|(\w{1,20}))?$/.exec(value);
  if (match === null) return null;
  return { incidentId: match[1] ?? '', rev: Number(match[2]), choice: match[3] ?? null };
}

function button(incident: Incident, action: IncidentAction, label: string, primary = false): Button {
  const base: Button = { type: 'button', action_id: action, text: plain(label, 75), value: actionValue(incident) };
  return primary ? { ...base, style: 'primary' } : base;
}

function resolveButton(incident: Incident, primary: boolean): Button {
  return {
    ...button(incident, 'incident_resolve', 'Resolve', primary),
    confirm: {
      title: plain('Resolve this incident?', 100),
      text: plain('It opens again when clients are lost again.', 300),
      confirm: plain('Resolve', 30),
      deny: plain('Keep Open', 30),
    },
  };
}

export function incidentActions(incident: Incident): Block {
  const held = incident.acknowledgedBy !== null;
  return {
    type: 'actions',
    elements: [
      held ? button(incident, 'incident_unack', 'Take Back') : button(incident, 'incident_ack', 'Acknowledge', true),
      {
        type: 'static_select',
        action_id: 'incident_snooze',
        placeholder: plain('Snooze', 150),
        options: SNOOZE_CHOICES.map(({ label, span }) => ({
          text: plain(label, 75),
          value: actionValue(incident, span),
        })),
      },
      button(incident, 'incident_recheck', 'Re-run Checks'),
      button(incident, 'incident_evidence', 'Show Evidence'),
      resolveButton(incident, held),
    ],
  };
}
