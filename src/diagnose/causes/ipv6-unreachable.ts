/**
 * An upstream name resolves to an IPv6 address and this host has no IPv6. Each attempt at that address fails at once.
 */

import type { Evidence } from '../../core/evidence.ts';
import { plural } from '../../core/format.ts';
import type { Findings } from '../../findings/findings.ts';
import { aboutIpv6 } from '../../findings/peers.ts';
import { configWord } from '../../nginx/config-word.ts';
import { type Cause, confirmed, type Judgement } from '../cause.ts';
import { upstreamStory } from '../upstream-story.ts';
import { fix } from '../words.ts';

function judge(evidence: Evidence, findings: Findings): Judgement {
  const story = upstreamStory(evidence, findings, ['connect-unreachable', 'no-local-address'], aboutIpv6);
  if (story === null) return null;
  const resolver = evidence.settings?.resolver ?? evidence.settings?.resolvers?.[0] ?? null;
  const addresses =
    resolver?.value
      .filter((word) => !word.includes('='))
      .map(configWord)
      .join(' ') ?? '127.0.0.53';
  return confirmed({
    confidence: 'certain',
    severity: story.severity,
    losing: story.losing,
    since: story.lines.firstAt,
    failed: story.failed,
    summary: `${story.name} is an IPv6 address and this host has no route to it: ${plural(story.lines.recent, 'attempt')} failed lately; ${story.cost}.`,
    evidenceFor: story.evidence,
    fixes: [
      fix({
        title: 'Do not ask for IPv6 addresses',
        directive: 'resolver',
        from: resolver?.value.join(' ') ?? null,
        to: `${addresses} ipv6=off`,
        place: resolver?.place ?? null,
        snippet: `resolver ${addresses} ipv6=off;`,
        effect:
          'names resolved at run time yield IPv4 addresses only; names in upstream blocks are resolved at start by the system: write IPv4 addresses there',
        risk: 'upstreams that only have IPv6 cannot be reached (they cannot now either)',
      }),
      fix({
        title: 'Or give the host IPv6',
        snippet: 'ip -6 addr; ip -6 route',
        effect: 'the addresses become reachable',
        risk: 'none',
      }),
    ],
    doNot: [
      'Do not widen the ephemeral port range: errno 99 on an IPv6 address is a missing address, not missing ports.',
    ],
    nextChecks: ['upstreams', 'config'],
  });
}

export const cause: Cause = {
  id: 'ipv6-unreachable',
  kind: 'cause',
  title: 'IPv6 upstream without IPv6',
  means: 'An upstream name has an AAAA record, but the host (often a container) has no IPv6 address or route.',
  looksLike:
    '"connect() to [2001:db8::1]:443 failed (101: Network is unreachable)" or (99: …) at once; every second request when the name has both kinds of address.',
  fix: 'Resolve IPv4 only (`resolver … ipv6=off`, or an IPv4 address in the upstream), or give the host or container an IPv6 address and route.',
  differsFrom: [
    { cause: 'port-exhaustion', how: 'there errno 99 concerns IPv4 addresses and appears under load' },
    { cause: 'upstream-unreachable', how: 'there IPv4 addresses have no route' },
  ],
  references: ['man 2 connect, EADDRNOTAVAIL and ENETUNREACH', 'nginx docs: ngx_http_core_module, resolver'],
  reads: ['connect-unreachable', 'no-local-address', 'access', 'settings'],
  consequences: ['upstream-ejected'],
  precedence: 80,
  judge,
};
