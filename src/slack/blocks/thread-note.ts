/** Renders one change of an incident as a line for its thread. Several lines may be sent as one reply. */
import type { IncidentChange, IncidentChangeKind } from '../../core/incident.ts';
import type { Rendered } from './block.ts';
import { fallback, mrkdwn, paragraph, people, section } from './text.ts';
import { endingWords } from './words.ts';

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

/** Changes made by people, in our words, so that user ids in them may become mentions. */
const BY_PEOPLE: ReadonlySet<IncidentChangeKind> = new Set(['acknowledged', 'unacknowledged', 'snoozed']);
const RESOLVED_BY = /^Resolved by [UW][A-Z0-9]{4,20}\b[^<>]*$/;

/** `prefix` names the incident when the thread holds several. */
export function threadNote({ kind, at, text, incident }: IncidentChange, prefix = ''): Rendered {
  const time = `${new Date(at).toISOString().slice(11, 19)} UTC · ${prefix}`;
  const ending = kind === 'resolved' ? ` ${endingWords(incident)}` : '';
  if (BY_PEOPLE.has(kind) || (kind === 'resolved' && RESOLVED_BY.test(text))) {
    return { text: fallback(time + text + ending), blocks: [section(mrkdwn`${time}${people(text)}${ending}`)] };
  }
  const line = `${time}${LEADS[kind]}: ${text}${ending}`;
  return { text: fallback(line), blocks: [paragraph(line)] };
}
