/** limit_req or limit_conn rejects requests, as configured. */
import type { Evidence } from '../../core/evidence.ts';
import { plural, where } from '../../core/format.ts';
import { CARRIED_KEYS } from '../../core/space-saving.ts';
import type { Findings } from '../../findings/findings.ts';
import { commonest, isActive, isRejection, linesBy } from '../../findings/log.ts';
import { type Cause, confirmed, type Judgement } from '../cause.ts';
import { item } from '../words.ts';

function judge(evidence: Evidence, findings: Findings): Judgement {
  const limited = findings.lines('limited', isRejection);
  if (!isActive(limited)) return null;
  const zone = commonest(limited, 'zone')?.value ?? '?';
  const set = evidence.settings?.limitZones.find(({ name }) => name === zone) ?? null;
  const clients = linesBy(limited, 'client').size;
  // A folded signal lists a limited number of clients. A full list may be incomplete.
  const more = limited.signals.some(({ busiest }) => (busiest?.client?.length ?? 0) >= CARRIED_KEYS);
  const whose =
    clients === 0 ? '' : `, of ${more ? 'at least ' : ''}${plural(clients, 'client address', 'client addresses')}`;
  return confirmed({
    confidence: 'certain',
    severity: 'info',
    since: limited.firstAt,
    summary: `Zone ${zone}${where(set?.place)} rejected ${plural(limited.recent, 'request')} lately on purpose${whose}.`,
    evidenceFor: [
      item(limited.newest.pattern, {
        value: limited.count,
        unit: 'lines',
        text: `${plural(limited.count, 'request')} rejected by zone ${zone}`,
        at: limited.lastAt,
      }),
    ],
    doNot: ['Do not count these 503s as lost connections: nginx answered them, as configured.'],
    nextChecks: ['clients', 'config'],
  });
}

export const cause: Cause = {
  id: 'rate-limited',
  kind: 'cause',
  title: 'Rate limit at work',
  means: 'Requests above a configured rate or number of connections are rejected by design.',
  looksLike:
    '"limiting requests, excess: … by zone" or "limiting connections by zone", 503 (or 429); slots free, gap 0.',
  fix: 'Nothing, if the limit is intended. Else raise rate or burst for the zone, or exempt clients that need more.',
  differsFrom: [
    { cause: 'limit-key-shared', how: 'there many clients arrive from one proxy address and share one allowance' },
  ],
  references: ['nginx docs: ngx_http_limit_req_module', 'nginx docs: ngx_http_limit_conn_module'],
  reads: ['limited', 'settings'],
  consequences: [],
  precedence: 98,
  judge,
};
