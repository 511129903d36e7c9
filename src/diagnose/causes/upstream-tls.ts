/**
 * The TLS handshake with the upstream fails: no SNI, a protocol or cipher mismatch, or a certificate that nginx does
 * not accept.
 */

import type { Fix } from '../../core/diagnosis.ts';
import type { Evidence } from '../../core/evidence.ts';
import { plural } from '../../core/format.ts';
import { quoted } from '../../core/shell.ts';
import type { Findings } from '../../findings/findings.ts';
import { peerOf } from '../../findings/log.ts';
import { hostOf, passTo } from '../../findings/peers.ts';
import { type Cause, confirmed, type Judgement, ruledOut } from '../cause.ts';
import { type UpstreamStory, upstreamStory } from '../upstream-story.ts';
import { fix } from '../words.ts';

function fixes(evidence: Evidence, peer: string | null, pattern: string): Fix[] {
  const pass = passTo(evidence, peer);
  const kind = pass?.kind ?? 'proxy';
  const place = pass?.place ?? null;
  if (pattern === 'upstream-tls-unverified') {
    return [
      fix({
        title: 'Trust the right authority and check the right name',
        directive: `${kind}_ssl_trusted_certificate`,
        place,
        snippet: `${kind}_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;\n${kind}_ssl_name NAME.IN.CERTIFICATE;`,
        effect: 'the certificate is verified against the authority that signed it',
        risk: 'none',
      }),
    ];
  }
  return [
    fix({
      title: 'Send the server name (SNI), which nginx does not do by default',
      directive: `${kind}_ssl_server_name`,
      from: 'off',
      to: 'on',
      place,
      snippet: `${kind}_ssl_server_name on;\n${kind}_ssl_name $host;`,
      effect: 'a server that chooses its certificate by name can answer',
      risk: 'none',
    }),
    fix({
      title: 'See what the upstream offers',
      snippet: `openssl s_client -connect ${quoted(peer ?? 'HOST:PORT')} -servername NAME </dev/null`,
      effect: 'shows protocol, cipher, certificate and the alert',
      risk: 'none',
    }),
  ];
}

/** TLS gives the reason of a failed handshake, unless the other side only closes the connection. */
function onlyClosed({ lines }: UpstreamStory): boolean {
  return lines.signals.every(({ captures }) => captures.closed !== undefined);
}

/** The same server is slow for other requests, or breaks them with and without TLS. Those got past the handshake. */
function failsBeyond({ lines }: Findings, peer: string): boolean {
  const at = (of: (peer: string) => string) => (upstream: string | undefined) =>
    upstream !== undefined && of(peerOf(upstream)) === of(peer);
  const [samePeer, sameHost] = [at((it) => it), at(hostOf)];
  return (
    lines('upstream-read-timeout', ({ captures }) => samePeer(captures.upstream)) !== null ||
    lines('upstream-broke', ({ captures }) => sameHost(captures.upstream)) !== null
  );
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  const story = upstreamStory(evidence, findings, 'upstream-tls');
  if (story === null) return null;
  const { reason } = story.lines.newest.captures;
  const closed = onlyClosed(story);
  if (closed && story.peer !== null && failsBeyond(findings, story.peer))
    return ruledOut(
      `${story.name} hangs up in some handshakes, and other requests fail after theirs: TLS is not the cause`,
    );
  return confirmed({
    confidence: closed ? 'likely' : 'certain',
    severity: story.severity,
    losing: story.losing,
    since: story.lines.firstAt,
    failed: story.failed,
    summary: `The TLS handshake with ${story.name} fails${reason === undefined ? '' : ` (${reason})`}: ${plural(story.lines.recent, 'attempt')} lately; ${story.cost}.`,
    evidenceFor: story.evidence,
    fixes: fixes(evidence, story.peer, story.lines.newest.pattern),
    doNot: ['Do not switch proxy_ssl_verify off to get rid of a verify error.'],
    nextChecks: ['upstreams', 'log'],
  });
}

export const cause: Cause = {
  id: 'upstream-tls',
  kind: 'cause',
  title: 'TLS with the upstream fails',
  means: 'The TCP connection is established, but nginx and the upstream do not agree on a TLS session.',
  looksLike:
    '"SSL_do_handshake() failed … while SSL handshaking to upstream", "peer closed connection in SSL handshake", "upstream SSL certificate verify error"; 502.',
  fix: 'Send the name (proxy_ssl_server_name on), trust the right authority, or agree on a protocol; `openssl s_client` shows what the upstream offers.',
  differsFrom: [{ cause: 'upstream-crash', how: 'there the connection breaks after the handshake' }],
  references: [
    'nginx src/http/ngx_http_upstream.c ngx_http_upstream_ssl_init_connection()',
    'nginx docs: ngx_http_proxy_module, proxy_ssl_server_name',
  ],
  reads: ['upstream-tls', 'upstream-read-timeout', 'upstream-broke', 'access', 'settings'],
  consequences: ['upstream-ejected'],
  precedence: 78,
  judge,
};
