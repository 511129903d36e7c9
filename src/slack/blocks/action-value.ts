/** The value of a button or menu option: incident, revision and choice. The server verifies each of them. */
import type { Incident } from '../../core/incident.ts';
import type { Button } from './block.ts';
import { plain } from './text.ts';

export interface ActionValue {
  readonly incidentId: string;
  readonly rev: number;
  /** The chosen menu option. */
  readonly choice: string | null;
}

export const actionValue = ({ id, rev }: Incident, choice?: string): string =>
  [id, rev, ...(choice === undefined ? [] : [choice])].join('|');

/** Null when the value is outdated or forged. */
export function parseActionValue(value: string): ActionValue | null {
  const match = /^([\w.:-]{1,100})\|(\d{1,9})(?:\|(\w{1,20}))?$/.exec(value);
  if (match === null) return null;
  return { incidentId: match[1] ?? '', rev: Number(match[2]), choice: match[3] ?? null };
}

export function button(incident: Incident, action: string, label: string, primary = false): Button {
  const base: Button = { type: 'button', action_id: action, text: plain(label, 75), value: actionValue(incident) };
  return primary ? { ...base, style: 'primary' } : base;
}
