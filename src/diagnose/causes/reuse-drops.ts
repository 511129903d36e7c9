/**
 * nginx is short of slots and closes connections it has just accepted, before it reads their request. Neither a counter
 * nor the access log shows this loss.
 */
import type { EvidenceItem } from '../../core/diagnosis.ts';
import type { Evidence } from '../../core/evidence.ts';
import { number, percent, plural } from '../../core/format.ts';
import type { Findings } from '../../findings/findings.ts';
import { isActive } from '../../findings/log.ts';
import { tellsOfReuse } from '../../findings/slots.ts';
import { type Cause, confirmed, type Judgement, ruledOut } from '../cause.ts';
import { lineItems } from '../line-items.ts';
import { raiseSlots } from '../slot-story.ts';
import { item } from '../words.ts';

/** Requests per connection below which clients are lost: with the log line, and without it. */
const ANSWERED_SEEN_RATIO = 0.95;
const ANSWERED_UNSEEN_RATIO = 0.8;
/**
 * Missing requests per second as a share of all slots: with the log line, and without it (the log level may hide it).
 */
const SEEN_SHARE = 0.02;
const UNSEEN_SHARE = 0.25;
const HALF_FULL = 0.5;

/**
 * A burst between two samples is invisible, but a burst that fills a worker brings at least as many connections as it
 * has slots.
 */
function mayFillSlots({ slots }: Findings, handledPerSecond: number, limit: number): boolean {
  const peak = Math.max(0, ...slots.workers.map(({ peakRatio }) => peakRatio));
  return slots.workers.length === 0 || peak >= HALF_FULL || handledPerSecond >= limit;
}

function items(
  evidence: Evidence,
  { page, slots }: Findings,
  value: number,
  threshold: number,
): readonly EvidenceItem[] {
  const handled = number(page.handledPerSecond ?? 0);
  const text = `${handled} connections/s were handled, but only ${number(page.requestsPerSecond ?? 0)} requests/s were read`;
  const at = page.countersAt ?? evidence.asOf;
  return [
    item('stub-status.answered_ratio', { value, unit: 'ratio', threshold, text, at }),
    ...lineItems(
      'worker-connections-reuse',
      slots.reuse,
      ({ count }) =>
        `${plural(count, 'line')} of "reusing connections" (at most one a second, however many are closed)`,
    ),
  ];
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  const { page, slots, life } = findings;
  const { handledPerSecond, requestsPerSecond } = page;
  if (handledPerSecond === null || requestsPerSecond === null || page.resets > 0) return null;
  const missing = handledPerSecond - requestsPerSecond;
  if (missing <= 0) return null;
  const answered = requestsPerSecond / handledPerSecond;
  const reusing = isActive(slots.reuse);
  const limit = slots.hottest?.limit ?? evidence.settings?.workerConnections.value ?? 512;
  const capacity = limit * Math.max(1, slots.workers.length || life.expected);
  const enough = missing > Math.max(1, capacity * (reusing ? SEEN_SHARE : UNSEEN_SHARE));
  const threshold = reusing ? ANSWERED_SEEN_RATIO : ANSWERED_UNSEEN_RATIO;
  if (answered >= threshold || !enough)
    return reusing ? ruledOut(`${percent(Math.min(1, answered))} of the connections bring a request`) : null;
  if (!reusing && evidence.settings !== null && tellsOfReuse(evidence.settings))
    return ruledOut('connections without a request, but no slot was ever short: no "reusing connections" in the log');
  if (!reusing && !mayFillSlots(findings, handledPerSecond, limit))
    return ruledOut(
      `${number(missing)} connections/s bring no request, but the slots were never seen half full and ${number(handledPerSecond)} connections/s do not fill ${limit}: clients that only connect, such as health checks`,
    );
  if (findings.occupancy.kind === 'idle-clients' && slots.pressure !== 'none') {
    return ruledOut('there are idle connections, and nginx closes those before new ones');
  }
  // When other clients are refused, all slots are held. This is then a symptom of whatever holds them.
  const allHeld = isActive(slots.refused) || isActive(slots.starved);
  return confirmed({
    ...(allHeld ? { symptomOnly: true } : {}),
    confidence: reusing ? 'certain' : 'likely',
    severity: 'critical',
    losing: findings.loss.on('reuse'),
    since: slots.reuse?.firstAt ?? null,
    summary: `About ${number(missing)} clients/s are closed before their request is read: a worker short of its ${limit} slots reuses connections it has just accepted. The gap stays ${page.gap ?? 0} and nothing is in the access log.`,
    evidenceFor: items(evidence, findings, answered, threshold),
    fixes: raiseSlots(evidence, 'memory; descriptors must allow it first'),
    doNot: ['Do not trust the gap or the access log here: both show nothing.'],
    nextChecks: ['slots', 'gap', 'log'],
  });
}

export const cause: Cause = {
  id: 'reuse-drops',
  kind: 'cause',
  title: 'Live connections closed unread',
  means:
    'With 1/16 or less of the slots free nginx closes "reusable" connections. A freshly accepted one whose first byte was not read yet counts as reusable, so bursts of short requests are closed unanswered.',
  looksLike:
    'Far fewer requests than handled connections, "reusing connections" once a second (warn: hidden by the default level), gap 0, no access-log line, Active low between bursts.',
  fix: 'Raise worker_connections, so that more than 1/16 of the slots is free in a burst, and shorten keepalive_timeout. Keep error_log at warn: its one line is the only trace.',
  differsFrom: [
    { cause: 'keepalive-pileup', how: 'there the closed connections were idle and no request is lost' },
    { cause: 'slot-capacity', how: 'there refusals are logged and grow the gap' },
  ],
  references: [
    'nginx src/core/ngx_connection.c ngx_drain_connections()',
    'nginx src/http/ngx_http_request.c ngx_http_init_connection()',
  ],
  reads: ['worker-connections-reuse', 'stub-status', 'slots', 'settings'],
  consequences: [],
  precedence: 28,
  judge,
};
