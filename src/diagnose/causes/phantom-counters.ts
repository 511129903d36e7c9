/**
 * stub_status counts connections that no longer exist. gapwatch ignores its shares; nothing needs to be done at once.
 */
import type { Evidence } from '../../core/evidence.ts';
import { plural } from '../../core/format.ts';
import type { Findings } from '../../findings/findings.ts';
import { type Cause, confirmed, type Judgement } from '../cause.ts';
import { fix, item } from '../words.ts';

const FIXES = [
  fix({
    title: 'Restart nginx at a convenient time',
    snippet: 'systemctl restart nginx',
    effect: 'the counters start from 0; a reload does not reset them',
    risk: 'open connections are cut',
  }),
];

function judge(evidence: Evidence, { page, life }: Findings): Judgement {
  if (page.lie === null) return null;
  const excess = page.phantoms;
  const crashed = life.crashes !== null || life.vanished.length > 0;
  return confirmed({
    confidence: crashed ? 'certain' : 'likely',
    severity: 'info',
    since: life.crashes?.firstAt ?? life.vanished[0]?.at ?? null,
    summary: `The status page cannot be trusted: ${page.lie}${crashed ? '; a worker died, and its connections are never subtracted' : ''}. Its Active, Reading, Writing and Waiting are ignored.`,
    evidenceFor: [
      item('stub-status.phantoms', {
        value: excess,
        unit: 'connections',
        text: excess > 0 ? `${plural(excess, 'connection')} counted without a socket` : page.lie,
        at: page.countersAt ?? evidence.asOf,
      }),
    ],
    fixes: FIXES,
    nextChecks: ['states', 'sockets', 'workers'],
  });
}

export const cause: Cause = {
  id: 'phantom-counters',
  kind: 'note',
  title: 'Phantom connections in stub_status',
  means:
    'Connections of a worker that crashed or was killed (and QUIC connections in some versions) stay in Active, Reading, Writing and Waiting until a restart.',
  looksLike:
    'Active far above the clients’ sockets, or above accepts; high shares on an idle host; more than 100% use with no client refused.',
  fix: 'Count sockets or slots instead of Active; only a restart of nginx corrects the counters, and nothing is lost by waiting for a good moment.',
  differsFrom: [
    { cause: 'slow-clients', how: 'there the sockets exist' },
    { cause: 'old-workers', how: 'there old workers hold real connections' },
  ],
  references: ['nginx/nginx#131', 'nginx/nginx#1415'],
  reads: ['worker-exited-on-signal', 'stub-status', 'sockets', 'slots', 'workers'],
  consequences: [],
  precedence: 920,
  judge,
};
