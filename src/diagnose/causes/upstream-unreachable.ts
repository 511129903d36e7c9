/** Packets do not reach the upstream or have no route. Connecting fails or times out. */

import type { EvidenceItem } from '../../core/diagnosis.ts';
import type { Evidence } from '../../core/evidence.ts';
import { plural, seconds } from '../../core/format.ts';
import { quoted } from '../../core/shell.ts';
import type { Findings } from '../../findings/findings.ts';
import { aboutIpv6, passTo } from '../../findings/peers.ts';
import { isLoopback } from '../../findings/settings-index.ts';
import { type Cause, confirmed, type Judgement, ruledOut } from '../cause.ts';
import { upstreamStory } from '../upstream-story.ts';
import { fix, item } from '../words.ts';

function shorterConnect(evidence: Evidence, peer: string | null) {
  const pass = passTo(evidence, peer);
  if (pass === null || pass.connectTimeoutMs.value <= 5_000) return [];
  return [
    fix({
      title: 'Time out connects sooner',
      directive: `${pass.kind}_connect_timeout`,
      from: seconds(pass.connectTimeoutMs.value),
      to: '3s',
      place: pass.connectTimeoutMs.place ?? pass.place,
      snippet: `${pass.kind}_connect_timeout 3s;`,
      effect: 'a dead server costs 3 s and the next one is tried; waiting requests hold their slots for less time',
      risk: 'none within one data centre',
    }),
  ];
}

function connectItems(findings: Findings): EvidenceItem[] {
  const { sockets } = findings.occupancy;
  const connecting = sockets !== null && sockets.upstreamConnecting > 0;
  return connecting
    ? [
        item('sockets.upstream_connecting', {
          value: sockets.upstreamConnecting,
          unit: 'sockets',
          text: `${sockets.upstreamConnecting} of ${sockets.upstream} upstream sockets are still connecting (SYN-SENT)`,
          at: findings.occupancy.at,
        }),
      ]
    : [];
}

/** A client may have chosen `peer`, so it is quoted in the commands. */
function packetTrace(peer: string | null): string {
  const [, address, port] = /^(.*):(\d+)$/s.exec(peer ?? '') ?? [];
  const host = quoted((address ?? peer ?? 'ADDRESS').replace(/^\[(.*)\]$/s, '$1'));
  return `ip route get ${host}; nc -vz -w 3 ${host} ${port ?? 'PORT'}`;
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  const noRoute = upstreamStory(evidence, findings, 'connect-unreachable', (signal) => !aboutIpv6(signal));
  const story = noRoute ?? upstreamStory(evidence, findings, 'connect-timeout');
  if (story === null) return null;
  if (noRoute === null && story.peer !== null && isLoopback(story.peer))
    return ruledOut(
      `${story.name} is on loopback, where no packet gets lost: a connect that times out there met a full queue`,
    );
  const how =
    noRoute === null
      ? 'does not answer connection attempts'
      : `cannot be reached (errno ${story.lines.newest.captures.errno ?? '113'})`;
  return confirmed({
    confidence: noRoute !== null ? 'certain' : 'likely',
    severity: story.severity,
    losing: story.losing,
    since: story.lines.firstAt,
    failed: story.failed,
    summary: `${story.name} ${how}: ${plural(story.lines.recent, 'attempt')} failed lately; ${story.cost}.`,
    evidenceFor: [...story.evidence, ...connectItems(findings)],
    fixes: [
      fix({
        title: 'Find where the packets end',
        snippet: packetTrace(story.peer),
        effect: 'distinguishes a missing route, a firewall that drops, and a dead host',
        risk: 'none',
      }),
      ...shorterConnect(evidence, story.peer),
    ],
    doNot: ['Do not raise proxy_connect_timeout: waiting longer for packets that do not arrive only holds more slots.'],
    nextChecks: ['upstreams', 'sockets', 'kernel'],
  });
}

export const cause: Cause = {
  id: 'upstream-unreachable',
  kind: 'cause',
  title: 'Upstream unreachable',
  means: 'The network does not carry packets to the upstream: no route, host down, or a firewall that drops.',
  looksLike:
    '"(113: No route to host)" or "(101: Network is unreachable)" at once, or "upstream timed out (110) while connecting to upstream" after proxy_connect_timeout; sockets in SYN-SENT, 502 or 504.',
  fix: 'Find where packets end (route, firewall, host down), and shorten proxy_connect_timeout, so that a dead server costs little until then.',
  differsFrom: [
    { cause: 'upstream-down', how: 'there the host answers with a refusal' },
    { cause: 'slow-upstream', how: 'there the connection is established and the answer is late' },
    { cause: 'ipv6-unreachable', how: 'there only IPv6 addresses fail' },
  ],
  references: ['man 2 connect, ETIMEDOUT and EHOSTUNREACH', 'nginx docs: ngx_http_proxy_module, proxy_connect_timeout'],
  reads: ['connect-unreachable', 'connect-timeout', 'sockets', 'access', 'settings'],
  consequences: ['upstream-ejected', 'slot-capacity'],
  precedence: 83,
  judge,
};
