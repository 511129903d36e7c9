/** Renders the message of an incident from its state alone, again at every change. */
import type { Diagnosis, Fix } from '../../core/diagnosis.ts';
import type { Incident } from '../../core/incident.ts';
import type { Block, Rendered } from './block.ts';
import { incidentActions } from './incident-actions.ts';
import { fitBlocks } from './limits.ts';
import {
  callGroup,
  channel,
  code,
  context,
  date,
  fallback,
  fields,
  header,
  type Markup,
  mrkdwn,
  paragraph,
  people,
  user,
} from './text.ts';
import { CONFIDENCE_WORDS, causeTitle, endingWords, incidentTitle, losingWords, SEVERITY_WORDS } from './words.ts';

export interface IncidentExtras {
  /** `seen before: …`, or null. */
  readonly seenBefore: string | null;
  /** Finished blocks of the picture; empty without one. */
  readonly picture: readonly Block[];
  /** Slack user group to mention in the first post of a critical incident, or null. */
  readonly mentionUserGroup: string | null;
  /** The incident's separate channel, or null. */
  readonly channelId: string | null;
}

const YEAR_MS = 365 * 86_400_000;
const NO_EXTRAS: IncidentExtras = { seenBefore: null, picture: [], mentionUserGroup: null, channelId: null };

function figures({ severity, diagnosis, openedAt }: Incident): Block {
  const since = diagnosis.since === null ? openedAt : Date.parse(diagnosis.since);
  return fields([
    mrkdwn`*Severity*\n${SEVERITY_WORDS[severity]}`,
    mrkdwn`*Losing now*\n${losingWords(diagnosis.losing)}`,
    mrkdwn`*Since*\n${date(Number.isNaN(since) ? openedAt : since)}`,
    mrkdwn`*Confidence*\n${CONFIDENCE_WORDS[diagnosis.confidence]}`,
  ]);
}

function fixBlocks(fix: Fix | undefined, { doNot }: Diagnosis): Block[] {
  const blocks: Block[] = [];
  if (fix !== undefined) {
    const place = fix.file === null ? '' : ` (${fix.file}${fix.line === null ? '' : `:${fix.line}`})`;
    blocks.push(code(`Fix: ${fix.title}${place}`, fix.snippet));
    const price = [fix.effect, fix.risk === '' ? '' : `Risk: ${fix.risk}`].filter((part) => part !== '');
    if (price.length > 0) blocks.push(context(...price));
  }
  if (doNot.length > 0) blocks.push(paragraph(doNot.join('\n')));
  return blocks;
}

/** The owner, and the end of a snooze. */
export function holderLines(incident: Incident): Markup[] {
  const lines: Markup[] = [];
  if (incident.acknowledgedBy !== null) {
    lines.push(
      mrkdwn`Acknowledged by ${user(incident.acknowledgedBy)}, ${date(incident.acknowledgedAt ?? incident.changedAt)}`,
    );
  }
  if (incident.state === 'snoozed') {
    const until = incident.snoozedUntil;
    // "Until resolved" is stored as a time in the far future.
    const ends = until !== null && until < incident.changedAt + YEAR_MS;
    lines.push(ends ? mrkdwn`Snoozed until ${date(until)}` : mrkdwn`Snoozed until resolved`);
  }
  return lines;
}

/** The owner, former causes and blind spots. */
function footnotes(incident: Incident, extras: IncidentExtras): Block {
  const { diagnosis } = incident;
  const lines = holderLines(incident);
  if (incident.formerCauses.length > 0) {
    lines.push(mrkdwn`Named before: ${incident.formerCauses.map(({ cause }) => causeTitle(cause)).join(', ')}`);
  }
  if (diagnosis.alsoPresent.length > 0)
    lines.push(mrkdwn`Also present: ${diagnosis.alsoPresent.map(causeTitle).join(', ')}`);
  if (diagnosis.notObservable.length > 0) {
    lines.push(mrkdwn`Could not be observed: ${diagnosis.notObservable.map(({ what }) => what).join('; ')}`);
  }
  if (extras.seenBefore !== null) lines.push(people(extras.seenBefore));
  if (extras.channelId !== null) lines.push(mrkdwn`Talk in ${channel(extras.channelId)}`);
  lines.push(mrkdwn`Updated ${date(incident.changedAt)} · ${incident.id}`);
  return context(...lines);
}

function resolvedBlocks(incident: Incident, extras: IncidentExtras): Block[] {
  const end = incident.resolvedAt ?? incident.changedAt;
  return [
    header(`Resolved: ${incidentTitle(incident)}`),
    paragraph(`While it lasted: ${incident.diagnosis.summary}`),
    ...extras.picture,
    context(
      mrkdwn`Resolved ${date(end)}. ${endingWords(incident)}`,
      ...(incident.acknowledgedBy === null ? [] : [mrkdwn`Acknowledged by ${user(incident.acknowledgedBy)}`]),
      ...(incident.formerCauses.length === 0
        ? []
        : [mrkdwn`Named before: ${incident.formerCauses.map(({ cause }) => causeTitle(cause)).join(', ')}`]),
      mrkdwn`${incident.id}`,
    ),
  ];
}

function openBlocks(incident: Incident, extras: IncidentExtras): Block[] {
  const { diagnosis } = incident;
  return [
    header(incidentTitle(incident)),
    paragraph(diagnosis.summary),
    figures(incident),
    ...fixBlocks(diagnosis.fixes[0], diagnosis),
    ...extras.picture,
    incidentActions(incident),
    footnotes(incident, extras),
  ];
}

/** New `block_id`s at each revision, so that no client keeps old state. The `action_id`s stay the same. */
export function incidentMessage(incident: Incident, extras: IncidentExtras = NO_EXTRAS): Rendered {
  const resolved = incident.state === 'resolved';
  const blocks = fitBlocks(resolved ? resolvedBlocks(incident, extras) : openBlocks(incident, extras));
  const lead = `${resolved ? 'Resolved' : SEVERITY_WORDS[incident.severity]}: ${incidentTitle(incident)}`;
  const group = !resolved && incident.severity === 'critical' ? extras.mentionUserGroup : null;
  if (group !== null) blocks.splice(1, 0, callGroup(group));
  return {
    text: fallback(`${lead}. ${resolved ? endingWords(incident) : incident.diagnosis.summary}`),
    blocks: blocks.map((block, index) => ({ ...block, block_id: `${incident.id}.${incident.rev}.${index}` })),
  };
}
