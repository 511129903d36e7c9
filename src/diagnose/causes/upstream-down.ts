/** Nothing listens at the address of the upstream. Connections are refused and clients get 502s. */

import type { Evidence } from '../../core/evidence.ts';
import { plural } from '../../core/format.ts';
import { quoted } from '../../core/shell.ts';
import type { Findings } from '../../findings/findings.ts';
import { passTo } from '../../findings/peers.ts';
import { configWord } from '../../nginx/config-word.ts';
import { type Cause, confirmed, type Judgement, ruledOut } from '../cause.ts';
import { lineItems } from '../line-items.ts';
import { upstreamStory } from '../upstream-story.ts';
import { fix } from '../words.ts';

function secondServer(evidence: Evidence, peer: string | null) {
  const pass = passTo(evidence, peer);
  const upstream = evidence.settings?.upstreams.find(({ name }) => name === pass?.upstream);
  if (upstream === undefined || upstream.servers.length > 1) return [];
  return [
    fix({
      title: 'Give the upstream a second server',
      directive: 'server … backup',
      place: upstream.place,
      snippet: `upstream ${upstream.explicit ? configWord(upstream.name) : 'app'} {\n  server ${configWord(peer ?? upstream.name)};\n  server STANDBY:PORT backup;\n}`,
      effect: 'requests go to the standby while this server refuses connections',
      risk: 'the standby must be able to carry the load',
    }),
  ];
}

/** `localhost` resolves to ::1 first, and many applications listen on 127.0.0.1 only. */
function otherLoopback(peer: string | null) {
  const port = /^\[::1\]:(\d+)$/.exec(peer ?? '')?.[1];
  if (port === undefined) return [];
  return [
    fix({
      title: 'Name the address the application listens on',
      directive: 'proxy_pass',
      from: `localhost:${port}`,
      to: `127.0.0.1:${port}`,
      snippet: `ss -ltn 'sport = :${port}'\nproxy_pass http://127.0.0.1:${port};   # localhost is [::1] as well`,
      effect: 'nginx no longer tries the IPv6 loopback, where nothing listens',
      risk: 'none',
    }),
  ];
}

function startIt(peer: string | null) {
  const unix = peer?.startsWith('unix:') === true;
  return fix({
    title: `Start what should listen at ${peer ?? 'the upstream address'}`,
    snippet: unix
      ? `ls -l ${quoted(peer.slice(5))}; ss -xlp`
      : `ss -ltnp ${quoted(`sport = :${peer?.split(':').at(-1) ?? 'PORT'}`)}   # on the host of the upstream`,
    effect: 'nginx tries the address again within fail_timeout (10 s unless set)',
    risk: 'none',
  });
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  const story = upstreamStory(evidence, findings, 'upstream-refused');
  if (story === null) return null;
  const { lines, peer } = story;
  const dead = findings.lines('no-live-upstreams');
  if (lines.count === 1 && dead === null && (story.retried || (findings.access.known && !story.losing.now)))
    return ruledOut(`one connection to ${story.name} was refused, and no client got an error for it`);
  const deadItems = lineItems(
    'no-live-upstreams',
    dead,
    (it) => `${plural(it.count, 'request')} found no live upstream afterwards`,
  );
  return confirmed({
    confidence: lines.recent >= 2 || dead !== null ? 'certain' : 'likely',
    severity: story.severity,
    losing: story.losing,
    since: lines.firstAt,
    failed: story.failed,
    summary: `Nothing listens at ${story.name}: ${plural(lines.recent, 'connection')} refused lately; ${story.cost}.`,
    evidenceFor: [...story.evidence, ...deadItems],
    fixes: [...otherLoopback(peer), startIt(peer), ...(story.retried ? [] : secondServer(evidence, peer))],
    doNot: ['Do not touch nginx’s limits: slots and descriptors are not involved, the upstream’s port is closed.'],
    nextChecks: ['upstreams', 'log'],
  });
}

export const cause: Cause = {
  id: 'upstream-down',
  kind: 'cause',
  title: 'Upstream down',
  means: 'The upstream’s host answers, but no process listens at the port or unix socket.',
  looksLike:
    '"connect() failed (111: Connection refused) while connecting to upstream", or 2 for a unix socket, and 502s at once; then "no live upstreams". Slots stay low, the gap 0.',
  fix: 'Start what should listen at that address, or correct the address; a second server in the upstream carries the traffic meanwhile.',
  differsFrom: [
    { cause: 'upstream-ejected', how: 'there the server may be well again, nginx only avoids it for fail_timeout' },
    { cause: 'upstream-unreachable', how: 'there no answer comes at all, or the network has no route' },
    { cause: 'upstream-crash', how: 'there connections were established first and broke' },
  ],
  references: ['nginx src/event/ngx_event_connect.c', 'man 2 connect, ECONNREFUSED'],
  reads: ['upstream-refused', 'no-live-upstreams', 'access', 'settings'],
  consequences: ['upstream-ejected'],
  precedence: 82,
  judge,
};
