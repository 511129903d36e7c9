/**
 * The kernel's connection tracking table is full. Packets of new connections are dropped before they reach a socket.
 */
import type { EvidenceItem, Fix } from '../../core/diagnosis.ts';
import type { Evidence } from '../../core/evidence.ts';
import { percent, plural } from '../../core/format.ts';
import type { Findings } from '../../findings/findings.ts';
import { type Cause, confirmed, type Judgement, ruledOut } from '../cause.ts';
import { lineItems } from '../line-items.ts';
import { fix, item } from '../words.ts';

function fixes(max: number | null): Fix[] {
  const to = 2 * (max ?? 262_144);
  return [
    fix({
      title: 'Enlarge the table',
      directive: 'net.netfilter.nf_conntrack_max',
      from: max,
      to,
      snippet: `sysctl -w net.netfilter.nf_conntrack_max=${to}\necho ${Math.round(to / 4)} > /sys/module/nf_conntrack/parameters/hashsize`,
      effect: `${to} connections can be tracked`,
      risk: 'about 320 bytes of kernel memory for each entry',
    }),
    fix({
      title: 'Do not track web traffic',
      snippet: 'nft add rule inet raw prerouting tcp dport { 80, 443 } notrack',
      effect: 'client connections no longer need entries',
      risk: 'rules that match on connection state do not see them',
    }),
  ];
}

function ratioItem(value: number, text: string, threshold: number, at: number): EvidenceItem {
  return item('kernel.conntrack_ratio', { value, unit: 'ratio', threshold, text, at });
}

function judge(_: Evidence, findings: Findings): Judgement {
  const { lines, count, max, usedRatio: ratio, isFull: full, at } = findings.conntrack;
  if (!full && (ratio ?? 0) < findings.thresholds.conntrackHighRatio)
    return ratio === null ? null : ruledOut(`conntrack holds ${count} of ${max} entries (${percent(ratio)})`);
  const use = ratio === null ? '' : ` (${count} of ${max}, ${percent(ratio)})`;
  const { conntrackHighRatio } = findings.thresholds;
  const ratioItems = ratio === null ? [] : [ratioItem(ratio, `conntrack entries${use}`, conntrackHighRatio, at)];
  const logged = lineItems(
    'conntrack-full',
    lines,
    (it) => `${plural(it.count, 'kernel line')} of "table full, dropping packet"`,
  );
  return confirmed({
    confidence: 'certain',
    severity: full ? 'critical' : 'warning',
    losing: full
      ? { now: true, perSecond: 0, total: lines?.count ?? 0, how: 'packets of new connections dropped by conntrack' }
      : findings.loss.on(),
    since: lines?.firstAt ?? null,
    summary: full
      ? `The connection tracking table is full${use}: new connections are dropped before nginx sees them.`
      : `The connection tracking table fills up${use}.`,
    evidenceFor: [...logged, ...ratioItems],
    fixes: fixes(max),
    doNot: ['Do not search nginx for it: neither its counters nor its logs can show it.'],
    nextChecks: ['kernel', 'sockets'],
  });
}

export const cause: Cause = {
  id: 'conntrack-full',
  kind: 'cause',
  title: 'Connection tracking table full',
  means:
    'netfilter tracks every connection of the host (NAT, stateful rules, containers) and its table has no free entry.',
  looksLike:
    'Connect timeouts from everywhere, also to other services; nginx is idle; "nf_conntrack: table full, dropping packet" in the kernel log.',
  fix: 'Raise net.netfilter.nf_conntrack_max (and its hash size), or take web traffic out of tracking with a notrack rule; shorter conntrack timeouts free entries sooner.',
  differsFrom: [{ cause: 'accept-queue-overflow', how: 'there nginx’s own accept queue is full' }],
  references: ['linux net/netfilter/nf_conntrack_core.c', 'linux Documentation/networking/nf_conntrack-sysctl.rst'],
  reads: ['conntrack-full', 'kernel'],
  consequences: ['upstream-unreachable'],
  precedence: 15,
  judge,
};
