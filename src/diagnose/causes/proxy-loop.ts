/** nginx proxies requests to itself. Each hop takes two more slots until none is left. */
import type { EvidenceItem, Fix } from '../../core/diagnosis.ts';
import type { Evidence } from '../../core/evidence.ts';
import { number, plural, where } from '../../core/format.ts';
import type { Pass } from '../../core/settings.ts';
import type { Signal } from '../../core/signal.ts';
import type { Findings } from '../../findings/findings.ts';
import { mayLeadBack } from '../../findings/leads-back.ts';
import { commonest, isActive, peerOf } from '../../findings/log.ts';
import { hostOf, mayListenAt, ownListener, passTo } from '../../findings/peers.ts';
import { isAddress, isLoopback } from '../../findings/settings-index.ts';
import { type Cause, confirmed, type Judgement, ruledOut } from '../cause.ts';
import { lineItems } from '../line-items.ts';
import { slotStory } from '../slot-story.ts';
import { fix, item } from '../words.ts';

/** Matches upstream lines whose target is a listener of nginx and whose client is this host. */
function loops(evidence: Evidence): (signal: Signal) => boolean {
  return ({ captures }) => {
    const { upstream, client } = captures;
    if (upstream === undefined || client === undefined) return false;
    const peer = peerOf(upstream);
    const own = ownListener(evidence, peer);
    const sameHost = client === hostOf(peer) || (isLoopback(client) && isLoopback(peer));
    if (own !== null) return sameHost;
    // An upstream that is also the client may be this host. Two masked names are no addresses and prove nothing.
    if (client !== hostOf(peer) || !isAddress(peer) || isLoopback(peer)) return false;
    return evidence.settings === null ? isProxied(captures.request) : mayListenAt(evidence, peer);
  };
}

/**
 * nginx speaks HTTP/1.0 to upstreams by default and hardly any other client does. An application that calls this host
 * speaks HTTP/1.1.
 */
function isProxied(request: string | undefined): boolean {
  return request?.endsWith(' HTTP/1.0') === true;
}

/**
 * Finds a loop without a log: as many upstream sockets lead to a listener of nginx as client sockets come from this
 * host.
 */
function loopSockets(evidence: Evidence, { occupancy }: Findings) {
  const { sockets } = occupancy;
  const target = sockets?.topUpstreams.find(({ address }) => ownListener(evidence, address) !== null);
  if (sockets == null || target === undefined || target.sockets < 0.3 * sockets.total) return null;
  const from = sockets.topClients.find(({ address }) => address === hostOf(target.address) || isLoopback(address));
  return from !== undefined && from.sockets > 0.5 * sockets.client ? { target, from } : null;
}

function socketItems(sockets: ReturnType<typeof loopSockets>, at: number): EvidenceItem[] {
  return sockets === null
    ? []
    : [
        item('sockets.to_self', {
          value: sockets.target.sockets,
          unit: 'sockets',
          text: `${sockets.target.sockets} upstream sockets lead to ${sockets.target.address}, nginx’s own listener, and ${sockets.from.sockets} clients are ${sockets.from.address}`,
          at,
        }),
      ];
}

function fixes(pass: Pass | null): Fix[] {
  return [
    fix({
      title: 'Pass to the real backend',
      directive: 'proxy_pass',
      from: pass?.target ?? null,
      place: pass?.place ?? null,
      snippet:
        'proxy_pass http://REAL_BACKEND;\n# a name that resolves to this host, or a variable taken from Host, loops as well',
      effect: 'each request makes one hop only',
      risk: 'none',
    }),
  ];
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  const lines = findings.lines(
    [
      'worker-connections-upstream',
      'upstream-read-timeout',
      'client-header-too-large',
      'upstream-closed-early',
      'upstream-connect-timeout',
    ],
    loops(evidence),
  );
  const sockets = loopSockets(evidence, findings);
  const story = slotStory(evidence, findings);
  if (!isActive(lines) && (sockets === null || story === null)) return null;
  const upstream = lines === null ? null : (commonest(lines, 'upstream')?.value ?? null);
  const peer = upstream === null ? (sockets?.target.address ?? null) : peerOf(upstream);
  const pass = passTo(evidence, peer);
  const listen = peer === null ? null : ownListener(evidence, peer);
  if (listen !== null && !mayLeadBack(evidence, listen))
    return ruledOut(`${peer} is another server of this nginx, and none of its upstreams leads back`);
  const logged = lineItems(
    'upstream-is-self',
    lines,
    (it) =>
      `${plural(it.count, 'line')} whose upstream ${peer} is this nginx and whose client is ${commonest(it, 'client')?.value ?? 'this host'}`,
  );
  return confirmed({
    confidence: sockets !== null && story !== null ? 'certain' : 'likely',
    severity: story?.severity ?? 'critical',
    losing: story?.losing ?? findings.loss.on('bad-gateway'),
    since: lines?.firstAt ?? story?.since ?? null,
    summary: `nginx passes requests to itself: ${peer} is its own listener${where(listen?.place)}${story === null ? '' : `, and ${story.state}`}; each request multiplies until slots or headers run out.`,
    evidenceFor: [...logged, ...socketItems(sockets, findings.occupancy.at), ...(story?.evidence ?? [])],
    fixes: fixes(pass),
    doNot: [
      `Do not raise worker_connections: one looping request takes as many slots as there are${findings.slots.hottest === null ? '' : ` (${number(findings.slots.hottest.limit)})`}.`,
    ],
    nextChecks: ['config', 'upstreams', 'sockets'],
  });
}

export const cause: Cause = {
  id: 'proxy-loop',
  kind: 'cause',
  title: 'Proxy loop',
  means:
    'An upstream address, directly or through a name or another host, leads back to this nginx, so one request becomes thousands.',
  looksLike:
    'Client, server and upstream of a line are the same host; connection numbers jump; slots fill within a second, often with 400 "header too large" or 502 at the end.',
  fix: 'Pass to the real backend: correct the address, port or name that leads back to a listener of this nginx.',
  differsFrom: [
    { cause: 'slow-upstream', how: 'there the upstream is another service' },
    { cause: 'slot-capacity', how: 'there the clients are real' },
  ],
  references: ['nginx docs: ngx_http_proxy_module, proxy_pass', 'openstreetmap/chef#292'],
  reads: [
    'worker-connections',
    'worker-connections-upstream',
    'upstream-read-timeout',
    'client-header-too-large',
    'upstream-closed-early',
    'upstream-connect-timeout',
    'sockets',
    'settings',
  ],
  consequences: [
    'slot-capacity',
    'slow-upstream',
    'non-client-slots',
    'long-lived-connections',
    'port-exhaustion',
    'fd-exhaustion',
    'upstream-crash',
    'upstream-idle-race',
    'hot-worker',
  ],
  precedence: 30,
  judge,
};
