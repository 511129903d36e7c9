/** Renders many incidents in one message: the answer to `incidents`, and the message of a storm. */

import { span } from '../../core/format.ts';
import type { Incident } from '../../core/incident.ts';
import type { Rendered } from './block.ts';
import { fitBlocks } from './limits.ts';
import { callGroup, context, date, fallback, header, mrkdwn, paragraph, table } from './text.ts';
import { causeTitle, losingWords, SEVERITY_WORDS } from './words.ts';

const SEVERITIES = ['critical', 'warning', 'info'];
const rank = (incident: Incident): number =>
  (incident.state === 'resolved' ? 10 : 0) + SEVERITIES.indexOf(incident.severity);

/** Open before resolved, then worst first, then newest first. */
export const sortIncidents = (incidents: readonly Incident[]): Incident[] =>
  [...incidents].sort((a, b) => rank(a) - rank(b) || b.openedAt - a.openedAt);

const row = (incident: Incident, now: number): string[] => [
  incident.state === 'resolved' ? 'Resolved' : SEVERITY_WORDS[incident.severity],
  incident.host,
  causeTitle(incident.cause),
  losingWords(incident.diagnosis.losing),
  span((incident.resolvedAt ?? now) - incident.openedAt),
];
const HEADING = ['State', 'Host', 'Cause', 'Losing', 'For'];

/** A limited number of rows; the rest as a count. */
function incidentTable(incidents: readonly Incident[], now: number) {
  const shown = incidents.slice(0, 30).map((incident) => row(incident, now));
  const rest = incidents.length - shown.length;
  return table([HEADING, ...shown, ...(rest > 0 ? [[`and ${rest} more`, '', '', '', '']] : [])]);
}

export function incidentList(incidents: readonly Incident[], now: number): Rendered {
  const sorted = sortIncidents(incidents);
  const open = sorted.filter(({ state }) => state !== 'resolved').length;
  const lead = open === 0 ? 'No open incident.' : `${open} open incident${open === 1 ? '' : 's'}.`;
  return {
    text: fallback(lead),
    blocks: fitBlocks([
      header('Incidents'),
      paragraph(lead),
      ...(sorted.length === 0 ? [] : [incidentTable(sorted, now)]),
    ]),
  };
}

/** One message with a count for all incidents of a storm, edited as they change. */
export function stormMessage(
  incidents: readonly Incident[],
  now: number,
  mentionUserGroup: string | null = null,
): Rendered {
  const sorted = sortIncidents(incidents);
  const open = sorted.filter(({ state }) => state !== 'resolved');
  const hosts = new Set(sorted.map(({ host }) => host)).size;
  const causes = [...new Set((open.length > 0 ? open : sorted).map(({ cause }) => causeTitle(cause)))];
  const title =
    open.length === 0
      ? `Resolved: all ${sorted.length} incidents of this burst`
      : `${sorted.length} incidents on ${hosts} host${hosts === 1 ? '' : 's'}`;
  const critical = open.filter(({ severity }) => severity === 'critical').length;
  const lead = `${open.length} open, ${critical} of them critical: ${causes.slice(0, 6).join(', ')}${causes.length > 6 ? ` and ${causes.length - 6} more causes` : ''}.`;
  const sentence = open.length === 0 ? `It held ${causes.slice(0, 6).join(', ')}.` : lead;
  return {
    text: fallback(`${title}. ${sentence}`),
    blocks: fitBlocks([
      header(title),
      ...(critical > 0 && mentionUserGroup !== null ? [callGroup(mentionUserGroup)] : []),
      paragraph(sentence),
      incidentTable(sorted, now),
      context(mrkdwn`Updated ${date(now)} · the history is in the thread; each in full: \`/nginx-status why HOST\``),
    ]),
  };
}
