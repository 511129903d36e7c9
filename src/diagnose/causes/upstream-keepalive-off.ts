/**
 * `keepalive` is configured in an upstream block and has no effect, so each request costs a new connection and a
 * TIME_WAIT.
 */

import type { Fix } from '../../core/diagnosis.ts';
import type { Evidence } from '../../core/evidence.ts';
import { number, percent, plural, where } from '../../core/format.ts';
import type { Pass, Place } from '../../core/settings.ts';
import type { Findings } from '../../findings/findings.ts';
import { upstreamsWith } from '../../findings/peers.ts';
import { busiestPeer, type PeerPorts } from '../../findings/ports.ts';
import { seen, within } from '../../findings/samples.ts';
import { counterGrowth } from '../../findings/trend.ts';
import { undoneProxies } from '../../findings/upstream-keepalive.ts';
import { configWord } from '../../nginx/config-word.ts';
import { type Cause, confirmed, type Judgement, ruledOut } from '../cause.ts';
import { fix, item } from '../words.ts';

/** TIME_WAIT lasts 60 s on Linux. With one connection per request its count settles at 60 × requests per second. */
const TIME_WAIT_SECONDS = 60;

/** TIME_WAIT sockets towards the peer, as a share of what one connection per request would leave. */
function churn(evidence: Evidence, findings: Findings, { peer, timeWait }: PeerPorts): number | null {
  const rate = findings.page.requestsPerSecond ?? findings.access.requestsPerSecond;
  if (rate === null || rate < 1) return null;
  const growing = counterGrowth(
    within(seen(evidence, 'sockets'), evidence.asOf, TIME_WAIT_SECONDS * 1000).flatMap(({ at, data }) => {
      const same = data.timeWaitByPeer.find((entry) => entry.peer === peer);
      return same === undefined ? [] : [{ at, value: same.timeWait }];
    }),
  );
  return Math.max(timeWait / (rate * TIME_WAIT_SECONDS), (growing?.perSecond ?? 0) / rate);
}

interface Undoing {
  readonly why: string;
  readonly directive: string;
  readonly from: string;
  readonly to: string;
  readonly place: Place;
  readonly snippet: string;
}

/** Which directive defeats the keepalive pool, and what to write instead. */
function undoing({ httpVersion, connectionHeader, connectionWithoutUpgrade, place: passedAt }: Pass): Undoing {
  const snippet = 'proxy_set_header Connection "";';
  if (httpVersion.value === '1.0') {
    const version = { directive: 'proxy_http_version', from: '1.0', to: '1.1', place: httpVersion.place ?? passedAt };
    return { ...version, why: 'requests go out as HTTP/1.0', snippet: `proxy_http_version 1.1;\n${snippet}` };
  }
  const [from, place] = [connectionHeader?.value ?? 'close', connectionHeader?.place ?? passedAt];
  if (connectionWithoutUpgrade === 'close') {
    const map = `map $http_upgrade ${configWord(from)} {\n  default upgrade;\n  '' '';\n}`;
    const why = `${from} says close for every request that upgrades nothing`;
    return { why, directive: 'map', from: "'' close", to: "'' ''", place, snippet: map };
  }
  const why = 'the Connection header says close';
  return { why, directive: 'proxy_set_header Connection', from, to: '""', place, snippet };
}

function mend({ why: _, ...parts }: Undoing): Fix {
  return fix({
    ...parts,
    title: 'Use HTTP/1.1 and do not send Connection: close',
    effect: 'connections to the upstream are reused; TIME_WAIT and connects nearly vanish',
    risk: 'idle upstream connections hold slots: keepalive N counts per worker',
  });
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  const undone = undoneProxies(evidence);
  if (undone.length === 0) return null;
  const pairFor = (peer: string) => {
    const upstreams = new Set(evidence.settings === null ? [] : upstreamsWith(evidence.settings, peer));
    return undone.find(({ upstream }) => upstreams.has(upstream)) ?? null;
  };
  const peer = busiestPeer(evidence, findings.activeMs, (address) => pairFor(address) !== null);
  const broken = peer === null ? null : pairFor(peer.peer);
  const share = peer === null ? null : churn(evidence, findings, peer);
  if (peer === null || broken === null || share === null) return null;
  const { upstream, pass } = broken;
  if (share < 0.5)
    return ruledOut(
      `keepalive of ${upstream.name} is not in effect, but only ${percent(share)} of the requests leave a TIME_WAIT`,
    );
  const undoes = undoing(pass);
  return confirmed({
    confidence: 'certain',
    severity: 'warning',
    summary: `keepalive ${upstream.keepalive?.value ?? ''} of upstream ${upstream.name}${where(upstream.keepalive?.place)} is not in effect: ${undoes.why}, and about ${percent(Math.min(1, share))} of the requests open a new connection (${plural(peer.timeWait, 'TIME_WAIT socket')} to ${peer.peer}).`,
    evidenceFor: [
      item('sockets.time_wait', {
        value: peer.timeWait,
        unit: 'sockets',
        text: `${number(peer.timeWait)} sockets in TIME_WAIT towards ${peer.peer}`,
        at: evidence.asOf,
      }),
      item('settings.upstream_keepalive', {
        value: undoes.from,
        text: `${undoes.why}${where(undoes.place)}`,
        at: evidence.asOf,
      }),
    ],
    fixes: [mend(undoes)],
    doNot: ['Do not set net.ipv4.tcp_tw_recycle (gone since Linux 4.12), and do not shorten TIME_WAIT instead.'],
    nextChecks: ['ports', 'upstreams', 'config'],
  });
}

export const cause: Cause = {
  id: 'upstream-keepalive-off',
  kind: 'cause',
  title: 'Upstream keep-alive not in effect',
  means:
    'The upstream block asks for kept connections, but HTTP/1.0 or "Connection: close" (nginx’s defaults before 1.29.7) closes each after one request.',
  looksLike: 'TIME_WAIT towards the upstream grows by about one per request. No error until ports run out.',
  fix: 'proxy_http_version 1.1 and an empty Connection header beside `keepalive`; from 1.29.7 on both are the default.',
  differsFrom: [{ cause: 'port-exhaustion', how: 'there it has led to errno 99' }],
  references: [
    'nginx src/http/modules/ngx_http_upstream_keepalive_module.c',
    'nginx docs: ngx_http_upstream_module, keepalive',
    'nginx CHANGES 1.29.7',
  ],
  reads: ['sockets', 'stub-status', 'access', 'settings'],
  consequences: ['port-exhaustion'],
  precedence: 17,
  judge,
};
