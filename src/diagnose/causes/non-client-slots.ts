/** Connections that belong to no client fill the slots: idle upstream pools, mirrors, SSI and auth subrequests. */

import type { Evidence } from '../../core/evidence.ts';
import { plural } from '../../core/format.ts';
import type { Findings } from '../../findings/findings.ts';
import { configWord } from '../../nginx/config-word.ts';
import { type Cause, confirmed, type Judgement } from '../cause.ts';
import { fromStory, heldByOthers, occupancyItem, slotStory } from '../slot-story.ts';
import { fix } from '../words.ts';

function smallerPools(evidence: Evidence) {
  const { settings } = evidence;
  const pools = settings?.upstreams.filter(({ keepalive }) => (keepalive?.value ?? 0) > 0) ?? [];
  const largest = pools.toSorted((a, b) => (b.keepalive?.value ?? 0) - (a.keepalive?.value ?? 0))[0];
  const size = largest?.keepalive?.value ?? 0;
  const slots = settings?.workerConnections.value ?? 0;
  if (largest === undefined || size * pools.length < slots / 8) return [];
  const to = Math.max(4, Math.floor(slots / (16 * pools.length)));
  if (to >= size) return [];
  return [
    fix({
      title: `Keep fewer idle connections to ${largest.name}`,
      directive: 'keepalive',
      from: size,
      to,
      place: largest.keepalive?.place ?? null,
      snippet: `upstream ${configWord(largest.name)} {\n  keepalive ${to};\n}`,
      effect: `idle upstream connections hold at most ${to * pools.length} of ${slots} slots of each worker; nginx cannot reclaim them under pressure`,
      risk: 'more connects when load rises',
    }),
  ];
}

function boundedSubrequests(evidence: Evidence) {
  if (evidence.settings?.usesMirror !== true) return [];
  return [
    fix({
      title: 'Give mirrored requests little time',
      directive: 'proxy_read_timeout',
      snippet:
        'location = /mirror {\n  internal;\n  proxy_connect_timeout 200ms;\n  proxy_read_timeout 500ms;\n  proxy_pass http://mirror_backend$request_uri;\n}',
      effect: 'a hung mirror frees its slots after half a second',
      risk: 'slow mirror requests are cut; clients never see their answers anyway',
    }),
  ];
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  const { occupancy } = findings;
  if (occupancy.kind !== 'upstream-pool' && occupancy.kind !== 'subrequests') return heldByOthers(findings);
  const story = slotStory(evidence, findings);
  if (story === null) return null;
  const pools = evidence.settings?.upstreams.filter(({ keepalive }) => (keepalive?.value ?? 0) > 0).length ?? 0;
  const what =
    occupancy.kind === 'subrequests'
      ? 'Subrequests (mirror, SSI, auth)'
      : `Upstream connections without a client${pools > 0 ? ` (${plural(pools, 'keepalive pool')})` : ''}`;
  return confirmed({
    ...fromStory(story),
    confidence: occupancy.source === 'sockets' ? 'certain' : 'likely',
    summary: `${what} hold the slots: ${occupancy.text}, and ${story.state}.`,
    evidenceFor: [occupancyItem(findings), ...story.evidence],
    fixes: occupancy.kind === 'subrequests' ? boundedSubrequests(evidence) : smallerPools(evidence),
    doNot: ['Do not judge by Active: upstream connections are not in it, so it stays low.'],
    nextChecks: ['sockets', 'slots', 'upstreams'],
  });
}

export const cause: Cause = {
  id: 'non-client-slots',
  kind: 'cause',
  title: 'Slots held by connections without clients',
  means:
    'Upstream connections far outnumber clients: idle keepalive pools (which nginx cannot reclaim), mirrors to a hung backend, SSI or auth subrequests.',
  looksLike:
    'Active 1–26 of 128 while the slots are full; upstream sockets more than 1.5 × clients; "while connecting to upstream" lines, with "subrequest:" for mirrors and includes.',
  fix: 'Reduce what each request opens: a smaller `keepalive` pool per upstream, short timeouts for mirrors, fewer subrequests; or count these connections when setting worker_connections.',
  differsFrom: [
    { cause: 'slow-upstream', how: 'there each waiting client has one upstream leg' },
    { cause: 'module-leak', how: 'there the slots belong to no known socket' },
  ],
  references: [
    'nginx src/http/modules/ngx_http_upstream_keepalive_module.c',
    'nginx src/http/modules/ngx_http_mirror_module.c',
  ],
  reads: ['worker-connections-upstream', 'slots', 'sockets', 'stub-status', 'settings'],
  consequences: ['slot-capacity', 'keepalive-pileup', 'reuse-drops'],
  precedence: 38,
  judge,
};
