/** Checks who the clients are: the largest sources by open connections and by requests in the access log. */
import type { Evidence } from '../../core/evidence.ts';
import { percent, plural } from '../../core/format.ts';
import type { CheckResult } from '../../core/report.ts';
import type { Findings } from '../../findings/findings.ts';
import { answer, type Check, couldNotLook } from '../answer.ts';
import { newest } from '../look.ts';
import { rounded } from '../words.ts';

/** The share of connections from which one source is named while slots are short. */
const CONCENTRATED = 0.5;
const LARGEST = 8;

export const check: Check = {
  id: 'clients',
  place: 120,
  does: 'the largest clients',
  judge: checkClients,
};

function checkClients(evidence: Evidence, findings: Findings): CheckResult {
  const equivalent = `ss -Htn state established '( ${portFilter(evidence)} )' | awk '{sub(/:[0-9]+$/, "", $4); print $4}' | sort | uniq -c | sort -rn | head`;
  const sockets = newest(evidence, 'sockets');
  const access = newest(evidence, 'access');
  if (!sockets.ok && (!access.ok || access.data.requests === 0)) {
    const remedy = 'The ledger of sockets is taken while something is suspicious and on demand; or write an access log';
    return couldNotLook('clients', evidence, sockets, { what: 'The sources of connections', remedy, equivalent });
  }
  const { slots, thresholds } = findings;
  const held = sockets.ok ? sockets.data.workers.reduce((sum, worker) => sum + worker.client, 0) : 0;
  const bySockets = sockets.ok ? addUp(sockets.data.workers.flatMap((worker) => worker.topClients)) : [];
  const byRequests = access.ok ? access.data.topClients : [];
  const [top] = bySockets;
  const share = top === undefined || held < thresholds.minConnections ? 0 : top.sockets / held;
  const short = (slots.hottest?.usedRatio ?? 0) >= thresholds.slotsHighRatio;
  return answer('clients', evidence, {
    status: share > CONCENTRATED && short ? 'warning' : 'ok',
    text: [
      sockets.ok ? `${plural(held, 'client connection')} held.` : null,
      top === undefined ? null : `Most from ${top.address}: ${top.sockets}${share > 0 ? ` (${percent(share)})` : ''}.`,
      byRequests[0] === undefined
        ? null
        : `Most requests from ${byRequests[0].address}: ${byRequests[0].requests} in the last interval.`,
      share > CONCENTRATED && short
        ? 'Slots are short: if this is not a load balancer or proxy in front, limit it with limit_conn.'
        : null,
    ],
    values: {
      clientConnections: sockets.ok ? held : null,
      topShareRatio: rounded(share),
      bySockets,
      byRequests,
    },
    equivalent,
    basis: [sockets, access].filter((look) => look.ok),
  });
}

function addUp(sources: readonly { readonly address: string; readonly sockets: number }[]) {
  const sums = new Map<string, number>();
  for (const { address, sockets } of sources) sums.set(address, (sums.get(address) ?? 0) + sockets);
  return [...sums]
    .map(([address, sockets]) => ({ address, sockets }))
    .sort((a, b) => b.sockets - a.sockets)
    .slice(0, LARGEST);
}

function portFilter(evidence: Evidence): string {
  const ports = evidence.settings?.listens.flatMap(({ address }) => /:(\d+)$/.exec(address)?.[1] ?? []) ?? [];
  return [...new Set(ports.length === 0 ? ['80', '443'] : ports)].map((port) => `sport = :${port}`).join(' or ');
}
