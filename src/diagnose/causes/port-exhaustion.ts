/** All local ports towards one upstream address are in use, so nginx cannot open another connection to it. */
import type { EvidenceItem, Fix } from '../../core/diagnosis.ts';
import type { Evidence } from '../../core/evidence.ts';
import { percent, plural } from '../../core/format.ts';
import type { Findings } from '../../findings/findings.ts';
import { aboutIpv6 } from '../../findings/peers.ts';
import { ephemeralPorts, type PortUse } from '../../findings/ports.ts';
import { seen } from '../../findings/samples.ts';
import { type Cause, confirmed, type Judgement, ruledOut } from '../cause.ts';
import { upstreamStory } from '../upstream-story.ts';
import { fix, item } from '../words.ts';

const KEEP_OPEN = fix({
  title: 'Keep connections to the upstream open',
  directive: 'keepalive',
  snippet: 'upstream app {\n  server …;\n  keepalive 32;\n}\nproxy_http_version 1.1;\nproxy_set_header Connection "";',
  effect: 'one connection serves many requests, so ports are not used up',
  risk: 'idle connections hold slots, N for each worker',
});

function fixes(evidence: Evidence): Fix[] {
  const range = ephemeralPorts(evidence);
  const reuse = seen(evidence, 'system').at(-1)?.data.tcpTwReuse ?? null;
  const found = [KEEP_OPEN];
  if (range !== null && range.size < 50_000) {
    found.push(
      fix({
        title: 'Widen the ephemeral port range',
        directive: 'net.ipv4.ip_local_port_range',
        from: `${range.first} ${range.last}`,
        to: '10240 65535',
        snippet: 'sysctl -w net.ipv4.ip_local_port_range="10240 65535"',
        effect: `55296 ports towards each upstream address instead of ${range.size}`,
        risk: 'services that listen above 10240 may find their port taken: reserve it with ip_local_reserved_ports',
      }),
    );
  }
  if (reuse === 0) {
    found.push(
      fix({
        title: 'Reuse ports in TIME_WAIT for outgoing connections',
        directive: 'net.ipv4.tcp_tw_reuse',
        from: 0,
        to: 1,
        snippet: 'sysctl -w net.ipv4.tcp_tw_reuse=1',
        effect: 'a port in TIME_WAIT may be used again after 1 s',
        risk: 'needs TCP timestamps on both sides',
      }),
    );
  }
  return found;
}

function useItem(evidence: Evidence, { taken, of, ratio, peer, timeWait }: PortUse, threshold: number): EvidenceItem {
  const text = `${taken} of ${of} local ports towards ${peer} are taken (${timeWait} in TIME_WAIT)`;
  return item('sockets.ports_ratio', { value: ratio, unit: 'ratio', threshold, text, at: evidence.asOf });
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  const { portsHighRatio } = findings.thresholds;
  const story = upstreamStory(evidence, findings, 'no-local-address', (signal) => !aboutIpv6(signal));
  const use = findings.ports;
  const portItems = use === null ? [] : [useItem(evidence, use, portsHighRatio)];
  const shared = {
    fixes: fixes(evidence),
    doNot: ['Do not raise worker_connections or descriptors: neither is short, and more concurrency takes more ports.'],
    nextChecks: ['ports', 'upstreams', 'sockets'] as const,
  };
  if (story !== null) {
    return confirmed({
      ...shared,
      confidence: 'certain',
      severity: story.severity,
      losing: story.losing,
      since: story.lines.firstAt,
      summary: `No local port is left for connections to ${story.name}: ${plural(story.lines.recent, 'attempt')} failed lately (errno 99); ${story.cost}.`,
      evidenceFor: [...story.evidence, ...portItems],
    });
  }
  if (use === null) return null;
  const { taken, of, ratio, peer, timeWait } = use;
  if (ratio < portsHighRatio)
    return ruledOut(`${taken} of ${of} local ports towards ${peer} are taken (${percent(ratio)})`);
  return confirmed({
    ...shared,
    confidence: 'likely',
    severity: 'warning',
    summary: `Local ports towards ${peer} run short: ${taken} of ${of} are taken (${percent(ratio)}), ${timeWait} of them in TIME_WAIT.`,
    evidenceFor: portItems,
  });
}

export const cause: Cause = {
  id: 'port-exhaustion',
  kind: 'cause',
  title: 'Ephemeral ports used up',
  means:
    'Every local port of the range is already connected to (or in TIME_WAIT towards) the same upstream address and port.',
  looksLike:
    '"connect() to 10.0.0.5:9000 failed (99: Cannot assign requested address) while connecting to upstream" and 502s under load; thousands of TIME_WAIT towards one address. With proxy_bind sooner.',
  fix: 'Keep connections to the upstream open (`keepalive` in the upstream block), then widen net.ipv4.ip_local_port_range or add upstream addresses; each (address, port) pair has its own range.',
  differsFrom: [
    { cause: 'ipv6-unreachable', how: 'there the address is an IPv6 literal and load does not matter' },
    { cause: 'fd-exhaustion', how: 'there errno is 24' },
  ],
  references: [
    'linux net/ipv4/inet_hashtables.c __inet_hash_connect()',
    'linux Documentation/networking/ip-sysctl.rst ip_local_port_range',
  ],
  reads: ['no-local-address', 'sockets', 'system', 'access', 'settings'],
  consequences: ['upstream-ejected'],
  precedence: 18,
  judge,
};
