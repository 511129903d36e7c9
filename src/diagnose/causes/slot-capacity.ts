/** worker_connections is too small: there are more clients than slots although each client is served quickly. */
import type { Evidence } from '../../core/evidence.ts';
import { number } from '../../core/format.ts';
import type { Findings } from '../../findings/findings.ts';
import { type Cause, confirmed, type Judgement } from '../cause.ts';
import { fromStory, occupancyItem, raiseSlots, slotStory } from '../slot-story.ts';

function judge(evidence: Evidence, findings: Findings): Judgement {
  const story = slotStory(evidence, findings);
  if (story === null) return null;
  const { occupancy, slots } = findings;
  const total = slots.workers.reduce((sum, worker) => sum + worker.limit, 0);
  const reset = findings.page.failure?.reason === 'reset' && slots.refused === null && slots.starved === null;
  const base = { ...fromStory(story), nextChecks: ['slots', 'sockets', 'states'] as const };
  if (occupancy.kind === 'busy') {
    return confirmed({
      ...base,
      confidence: slots.pressure === 'refusing' ? 'certain' : 'likely',
      summary: `There are more clients than slots: ${story.state}, while requests are served quickly (${occupancy.text}).`,
      evidenceFor: [...story.evidence, occupancyItem(findings)],
      fixes: raiseSlots(evidence, 'about 1 KiB of memory per slot and worker; descriptors must allow it first'),
      doNot: [
        'Do not add workers beyond the CPUs for more slots: a full worker still turns clients away while others are idle.',
      ],
    });
  }
  const unknown = occupancy.kind === 'unknown' && occupancy.source === null;
  return confirmed({
    ...base,
    confidence: reset ? 'likely' : 'certain',
    symptomOnly: true,
    summary: unknown
      ? `The connection slots are used up: ${story.state}. Who holds them cannot be seen, so the cause cannot be named.`
      : `The connection slots are used up${total > 0 ? ` (${number(total)} in all)` : ''}: ${story.state}; ${occupancy.text}.`,
    evidenceFor: story.evidence,
    doNot: [
      'Do not raise worker_connections before it is known who holds the slots: in most reports the number was not the cause.',
    ],
  });
}

export const cause: Cause = {
  id: 'slot-capacity',
  kind: 'cause',
  title: 'Too few connection slots',
  means:
    'A worker has fewer connection slots than the clients and upstream legs it serves at once, although they are served quickly.',
  looksLike:
    '"worker_connections are not enough" with resets; many requests per second, each worked on for a short time. A free worker does not help: the full one keeps taking clients.',
  fix: 'Raise worker_connections to what this traffic needs at its peak (two slots a proxied request) and the descriptors with it; but first make sure that nothing holds the slots for too long.',
  differsFrom: [
    { cause: 'slow-upstream', how: 'there the slots are held by requests that wait for a backend' },
    { cause: 'hot-worker', how: 'there one worker is full and the others are nearly empty' },
    { cause: 'fd-exhaustion', how: 'there descriptors run out first and the log says "Too many open files"' },
  ],
  references: [
    'nginx src/core/ngx_connection.c ngx_get_connection()',
    'nginx docs: ngx_core_module, worker_connections',
  ],
  reads: [
    'worker-connections',
    'worker-connections-upstream',
    'worker-connections-reuse',
    'slots',
    'sockets',
    'stub-status',
    'settings',
  ],
  consequences: [],
  precedence: 70,
  judge,
};
