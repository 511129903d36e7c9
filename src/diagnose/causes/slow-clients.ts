/** Clients that have not completed a request fill the slots: their header or their TLS handshake is unfinished. */
import type { Evidence } from '../../core/evidence.ts';
import { percent, seconds } from '../../core/format.ts';
import type { Findings } from '../../findings/findings.ts';
import { type Cause, confirmed, type Judgement } from '../cause.ts';
import { fromStory, heldByOthers, occupancyItem, slotStory } from '../slot-story.ts';
import { fix, item } from '../words.ts';

function concentration({ occupancy }: Findings, at: number) {
  const { sockets } = occupancy;
  const top = sockets?.topClients[0];
  if (sockets == null || top === undefined || sockets.client === 0) return [];
  const share = top.sockets / sockets.client;
  const text = `${top.address} holds ${top.sockets} of ${sockets.client} client connections (${percent(share)})`;
  return [item('sockets.top_client', { value: share, unit: 'ratio', text, at })];
}

function shorterTimeout(evidence: Evidence) {
  const setting = evidence.settings?.clientHeaderTimeoutMs ?? null;
  if (setting === null || setting.value <= 10_000) return [];
  return [
    fix({
      title: 'Give clients less time for their request header',
      directive: 'client_header_timeout',
      from: seconds(setting.value),
      to: '10s',
      place: setting.place,
      snippet: 'client_header_timeout 10s;',
      effect: `a silent half-request or TLS handshake frees its slot after 10 s instead of ${seconds(setting.value)}`,
      risk: 'clients on very poor links may get a 408',
    }),
  ];
}

function perAddressLimit(evidence: Evidence) {
  if (evidence.settings?.limitUses.some(({ kind }) => kind === 'limit_conn')) return [];
  return [
    fix({
      title: 'Limit connections per client address in front of nginx',
      snippet:
        'nft add rule inet filter input tcp dport { 80, 443 } ct count over 50 drop  # per source with a dynamic set',
      effect: 'one source cannot fill the pool; limit_conn does not help, it acts only after the header is read',
      risk: 'many users behind one address share the limit',
    }),
  ];
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  const { occupancy } = findings;
  if (occupancy.kind !== 'slow-headers' && occupancy.kind !== 'tls-handshakes') return heldByOthers(findings);
  const story = slotStory(evidence, findings);
  if (story === null) return null;
  const what =
    occupancy.kind === 'slow-headers' ? 'have not sent their request header' : 'have not finished their TLS handshake';
  return confirmed({
    ...fromStory(story),
    confidence: occupancy.source === 'stub-status' ? 'certain' : 'likely',
    summary: `Clients that ${what} fill the slots: ${occupancy.text}, and ${story.state}.`,
    evidenceFor: [occupancyItem(findings), ...story.evidence, ...concentration(findings, occupancy.at)],
    fixes: [...shorterTimeout(evidence), ...perAddressLimit(evidence)],
    doNot: [
      'Do not raise worker_connections as the cure: slow connections cost their sender nothing and fill any pool.',
    ],
    nextChecks: ['clients', 'states', 'slots'],
  });
}

export const cause: Cause = {
  id: 'slow-clients',
  kind: 'cause',
  title: 'Clients slow to send their request',
  means:
    'Connections whose request header is incomplete, or whose TLS handshake is unfinished, hold the slots. The cause is poor links, or an attack (slowloris).',
  looksLike:
    'Reading is most of Active, or, with TLS, Active is far above Reading + Writing + Waiting; then "worker_connections are not enough" and resets, the status page included. Nothing in the access log until 408s.',
  fix: 'Shorten client_header_timeout and cap connections per address with limit_conn (or in front of nginx).',
  differsFrom: [
    { cause: 'slow-uploads', how: 'there the header is complete and the body is slow: Writing' },
    { cause: 'keepalive-pileup', how: 'there clients are idle and nginx may close them' },
  ],
  references: [
    'nginx src/http/ngx_http_request.c ngx_http_process_request_headers()',
    'nginx docs: ngx_http_core_module, client_header_timeout',
  ],
  reads: ['client-timed-out', 'worker-connections', 'slots', 'sockets', 'stub-status', 'settings'],
  consequences: ['slot-capacity', 'reuse-drops'],
  precedence: 40,
  judge,
};
