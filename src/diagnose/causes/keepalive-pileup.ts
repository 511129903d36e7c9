/**
 * Idle keep-alive clients fill the slots. nginx closes them to make room, so no client is refused: a warning, not a
 * loss.
 */
import type { Evidence } from '../../core/evidence.ts';
import { percent, seconds } from '../../core/format.ts';
import type { Findings } from '../../findings/findings.ts';
import { isActive } from '../../findings/log.ts';
import { type Cause, confirmed, type Judgement, ruledOut } from '../cause.ts';
import { fromStory, heldByOthers, occupancyItem, raiseSlots, slotStory } from '../slot-story.ts';
import { fix } from '../words.ts';

function shorterKeepalive(evidence: Evidence) {
  const setting = evidence.settings?.keepaliveTimeoutMs ?? null;
  if (setting === null || setting.value <= 15_000) return [];
  return [
    fix({
      title: 'Keep idle clients for a shorter time',
      directive: 'keepalive_timeout',
      from: seconds(setting.value),
      to: '15s',
      place: setting.place,
      snippet: 'keepalive_timeout 15s;',
      effect: `idle connections are closed after 15 s instead of ${seconds(setting.value)}`,
      risk: 'clients that return later pay for a new connection and TLS handshake',
    }),
  ];
}

/** How long nginx must log that it closes idle connections before this counts. Shorter is a burst. */
const STANDING_MS = 5_000;

function judge(evidence: Evidence, findings: Findings): Judgement {
  const story = slotStory(evidence, findings);
  const { slots, occupancy, page } = findings;
  if (story === null) {
    const waiting = page.shares?.waiting ?? 0;
    return waiting > 0.5 ? ruledOut(`Waiting is ${percent(waiting)} of the connections, but slots are free`) : null;
  }
  if (occupancy.kind !== 'idle-clients') return heldByOthers(findings);
  if (slots.pressure === 'refusing') {
    return ruledOut('clients are turned away, and idle connections never cause that: nginx closes them first');
  }
  return confirmed({
    ...fromStory(story),
    confidence: slots.source === 'slots' ? 'certain' : 'likely',
    severity: 'warning',
    lasting: isActive(slots.reuse) && slots.reuse.lastAt - slots.reuse.firstAt >= STANDING_MS,
    summary: `Idle kept-alive clients fill the slots: ${occupancy.text}, and ${story.state}. No client is refused; nginx closes idle ones to make room.`,
    evidenceFor: [occupancyItem(findings), ...story.evidence],
    fixes: [
      ...shorterKeepalive(evidence),
      ...raiseSlots(evidence, 'memory: idle connections will fill the larger pool as well'),
    ],
    doNot: [
      'Do not switch keep-alive off: every request would pay for a new connection, and new connections are what is scarce.',
    ],
    nextChecks: ['states', 'slots', 'clients'],
  });
}

export const cause: Cause = {
  id: 'keepalive-pileup',
  kind: 'cause',
  title: 'Idle keep-alive connections pile up',
  means:
    'Clients that have been served keep their connection open and hold most slots. From 15/16 of the pool on, nginx closes the oldest of them for each newcomer.',
  looksLike:
    'Waiting is most of Active, slots hover at 82–93%, "reusing connections" about once a second (warn: hidden by the default log level), gap 0, no client refused.',
  fix: 'Shorten keepalive_timeout to what a page visit needs; raise worker_connections if the idle connections are worth keeping. No client is refused while only idle connections are closed.',
  differsFrom: [
    { cause: 'reuse-drops', how: 'there connections are closed before their request was read' },
    { cause: 'slot-capacity', how: 'there clients are turned away' },
  ],
  references: [
    'nginx src/core/ngx_connection.c ngx_drain_connections()',
    'nginx docs: ngx_http_core_module, keepalive_timeout',
  ],
  reads: ['worker-connections-reuse', 'slots', 'sockets', 'stub-status', 'settings'],
  consequences: ['slot-capacity'],
  precedence: 95,
  judge,
};
