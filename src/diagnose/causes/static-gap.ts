/**
 * accepts is above handled but the difference does not grow: the refusals happened in the past and no client is lost
 * now.
 */
import type { Evidence } from '../../core/evidence.ts';
import type { Findings } from '../../findings/findings.ts';
import { isActive } from '../../findings/log.ts';
import { seen } from '../../findings/samples.ts';
import { type Cause, confirmed, type Judgement } from '../cause.ts';
import { item } from '../words.ts';

function judge(evidence: Evidence, { page, slots, life }: Findings): Judgement {
  const readings = seen(evidence, 'stub-status').filter(({ data }) => data.counters !== null);
  if (page.gap === null || page.gap <= life.expected || readings.length < 2) return null;
  if (page.gapGrowth > 0 || isActive(slots.refused)) return null;
  return confirmed({
    confidence: 'certain',
    severity: 'info',
    summary: `accepts - handled is ${page.gap}, a past event: it has not grown over ${readings.length} readings.`,
    evidenceFor: [
      item('stub-status.gap', {
        value: page.gap,
        unit: 'connections',
        text: `accepts - handled is ${page.gap}`,
        at: page.countersAt ?? evidence.asOf,
      }),
    ],
    nextChecks: ['gap'],
  });
}

export const cause: Cause = {
  id: 'static-gap',
  kind: 'note',
  title: 'Old gap between accepts and handled',
  means:
    'Some connections were refused since the master started, but not lately. The counters only grow, so the difference stays until a restart.',
  looksLike: 'accepts - handled is above 0 and constant. No refusing line in the log.',
  fix: 'None is needed: watch whether it grows, not how large it is.',
  differsFrom: [{ cause: 'slot-capacity', how: 'there the difference grows' }],
  references: [
    'nginx src/http/modules/ngx_http_stub_status_module.c',
    'nginx src/event/ngx_event_accept.c ngx_event_accept()',
  ],
  reads: ['stub-status', 'worker-connections'],
  consequences: [],
  precedence: 910,
  judge,
};
