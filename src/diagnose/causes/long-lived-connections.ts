/**
 * Websockets, server-sent events and long polls fill the slots. They are meant to stay open and take two slots each.
 */
import type { Fix } from '../../core/diagnosis.ts';
import type { Evidence } from '../../core/evidence.ts';
import { plural, seconds, where } from '../../core/format.ts';
import type { Setting } from '../../core/settings.ts';
import type { Findings } from '../../findings/findings.ts';
import { type Cause, confirmed, type Judgement } from '../cause.ts';
import { fromStory, heldByOthers, occupancyItem, raiseSlots, slotStory } from '../slot-story.ts';
import { fix, item } from '../words.ts';

function fixes(evidence: Evidence, timeout: Setting<number> | null): Fix[] {
  return [
    ...raiseSlots(evidence, 'memory: about 20 KiB for each proxied websocket, buffers included'),
    ...(timeout === null || timeout.value <= 300_000
      ? []
      : [
          fix({
            title: 'Close silent websockets',
            directive: 'proxy_read_timeout',
            from: seconds(timeout.value),
            to: '120s',
            place: timeout.place,
            snippet: 'proxy_read_timeout 120s;',
            effect: 'a websocket without traffic (nor pings) for 120 s is closed',
            risk: 'applications that never ping lose their connection',
          }),
        ]),
  ];
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  const { occupancy, access } = findings;
  if (occupancy.kind !== 'long-lived') return heldByOthers(findings);
  const story = slotStory(evidence, findings);
  if (story === null) return null;
  const pass = evidence.settings?.passes.find(({ upgradesWebsocket }) => upgradesWebsocket) ?? null;
  const upgrades = access.status(101);
  const proven = pass !== null || upgrades > 0;
  const upgradeItems =
    upgrades === 0
      ? []
      : [
          item('access.status_101', {
            value: upgrades,
            unit: 'requests',
            text: `${plural(upgrades, 'websocket')} ended lately (status 101)`,
            at: evidence.asOf,
          }),
        ];
  return confirmed({
    ...fromStory(story),
    confidence: proven ? 'certain' : 'likely',
    summary: `Long-lived connections hold the slots: ${occupancy.text}${pass === null ? '' : ` (websockets${where(pass.place)})`}, and ${story.state}.`,
    evidenceFor: [occupancyItem(findings), ...story.evidence, ...upgradeItems],
    fixes: fixes(evidence, pass?.readTimeoutMs ?? null),
    doNot: [
      'Do not shorten keepalive_timeout: it does not concern upgraded connections.',
      'Do not read a high Writing count as a slow backend: every open websocket counts as Writing.',
    ],
    nextChecks: ['slots', 'sockets', 'fds'],
  });
}

export const cause: Cause = {
  id: 'long-lived-connections',
  kind: 'cause',
  title: 'Long-lived connections',
  means:
    'Websockets, SSE or long polls keep both their client and their upstream connection open for minutes or hours. There are more of them than slots ÷ 2.',
  looksLike:
    'Client and upstream sockets in equal number, the upstream ones have received bytes, Writing ≈ Active; then "worker_connections are not enough while connecting to upstream" and 500.',
  fix: 'Plan slots for them: worker_connections of at least twice the connections that stay open, or fewer of them with heartbeats and a shorter proxy_read_timeout for silent ones.',
  differsFrom: [
    { cause: 'slow-upstream', how: 'there the upstream has not sent a byte yet' },
    { cause: 'old-workers', how: 'there old workers hold them after a reload' },
  ],
  references: ['nginx src/http/ngx_http_upstream.c ngx_http_upstream_upgrade()', 'nginx docs: WebSocket proxying'],
  reads: ['worker-connections', 'worker-connections-upstream', 'slots', 'sockets', 'access', 'settings'],
  consequences: ['slot-capacity', 'old-workers', 'reuse-drops'],
  precedence: 50,
  judge,
};
