/** nginx skips every server of an upstream group: max_fails was reached, or all are marked down. */

import type { Fix } from '../../core/diagnosis.ts';
import type { Evidence } from '../../core/evidence.ts';
import { plural, seconds, where } from '../../core/format.ts';
import type { UpstreamServer } from '../../core/settings.ts';
import type { Findings } from '../../findings/findings.ts';
import { isAloneBesideDown, liveServers } from '../../findings/peers.ts';
import { configWord } from '../../nginx/config-word.ts';
import { type Cause, confirmed, type Judgement } from '../cause.ts';
import { lineItems } from '../line-items.ts';
import { upstreamStory } from '../upstream-story.ts';
import { fix } from '../words.ts';

function fixes(server: UpstreamServer | null): Fix[] {
  return server === null || server.maxFails === 0
    ? []
    : [
        fix({
          title: 'Tolerate more failures before a server is left out',
          directive: 'max_fails',
          from: server.maxFails,
          to: Math.max(3, server.maxFails * 3),
          place: server.place,
          snippet: `server ${configWord(server.address)} max_fails=${Math.max(3, server.maxFails * 3)} fail_timeout=5s;`,
          effect: 'single failures no longer make nginx skip the whole group',
          risk: 'a server that is really dead is asked more often',
        }),
      ];
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  const story = upstreamStory(evidence, findings, 'no-live-upstreams');
  if (story === null) return null;
  const disabled = findings.lines('upstream-disabled');
  const group = evidence.settings?.upstreams.find(({ name }) => name === story.peer) ?? null;
  const server = group === null ? null : (liveServers(group)[0] ?? null);
  const allDown = group !== null && group.servers.length > 0 && server === null;
  const alone = group !== null && isAloneBesideDown(group);
  const why = allDown
    ? `every server of it is marked down${where(group.place)}`
    : server === null
      ? 'max_fails was reached for every server of it'
      : `after ${plural(server.maxFails, 'failure')} nginx avoids ${alone ? 'the only server that is not marked down' : 'a server'} for ${seconds(server.failTimeoutMs)}${where(server.place)}`;
  const disabledItems = lineItems(
    'upstream-disabled',
    disabled,
    (it) => `${plural(it.count, 'server')} temporarily disabled`,
  );
  const broke = findings.lines('upstream-broke');
  const brokeItems = lineItems(
    'upstream-closed-early',
    broke,
    (it) =>
      `before that ${plural(it.count, 'connection')} broke before the answer was complete: each counts as a failure`,
  );
  return confirmed({
    confidence: allDown || disabled !== null ? 'certain' : 'likely',
    severity: story.severity,
    losing: story.losing,
    since: story.lines.firstAt,
    summary: `All servers of ${story.name} are left out: ${plural(story.lines.recent, 'request')} found no live upstream lately; ${why}.`,
    evidenceFor: [...story.evidence, ...disabledItems, ...brokeItems],
    fixes: fixes(allDown ? null : server),
    doNot: [
      'Do not look for a dead server first: the first error before these lines names the cause, these lines do not.',
    ],
    nextChecks: ['upstreams', 'log'],
  });
}

export const cause: Cause = {
  id: 'upstream-ejected',
  kind: 'cause',
  title: 'All upstream servers left out',
  means:
    'Each server of the group failed max_fails times within fail_timeout (or is marked down), so nginx answers 502 without asking a server.',
  looksLike:
    '"no live upstreams while connecting to upstream" with the group’s name, 502s without a connect; before it "upstream server temporarily disabled" (warn).',
  fix: 'Fix the first error of each server: it is the reason. With few servers raise max_fails (0 switches it off), so that a few bad requests do not eject all.',
  differsFrom: [
    { cause: 'upstream-down', how: 'there connects are refused; ejection only follows' },
    { cause: 'slow-upstream', how: 'there read timeouts count as failures and eject the server' },
  ],
  references: ['nginx src/http/ngx_http_upstream_round_robin.c', 'nginx docs: ngx_http_upstream_module, max_fails'],
  reads: ['no-live-upstreams', 'upstream-broke', 'upstream-disabled', 'access', 'settings'],
  consequences: [],
  precedence: 90,
  judge,
};
