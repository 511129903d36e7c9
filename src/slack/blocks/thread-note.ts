/** One line of an incident's story, for its thread; several of them may be sent as one reply. */
import type { IncidentChange, IncidentChangeKind } from '../../core/incident.ts';
import type { Rendered } from './block.ts';
import { fallback, paragraph } from './text.ts';

const LEADS: Readonly<Record<IncidentChangeKind, string>> = {
  opened: 'Opened',
  'cause-changed': 'Cause changed',
  worse: 'Worse',
  better: 'Better',
  losing: 'Losing clients',
  recovering: 'Recovering',
  acknowledged: 'Acknowledged',
  unacknowledged: 'Taken back',
  snoozed: 'Snoozed',
  woke: 'Snooze over',
  resolved: 'Resolved',
};

/** `prefix` names the incident when the thread holds several. */
export function threadNote({ kind, at, text }: IncidentChange, prefix = ''): Rendered {
  const line = `${new Date(at).toISOString().slice(11, 19)} UTC · ${prefix}${LEADS[kind]}: ${text}`;
  return { text: fallback(line), blocks: [paragraph(line)] };
}
