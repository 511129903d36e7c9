/** `keepalive` stands in the upstream block but is not in effect, so each request costs a new connection and a TIME_WAIT. */
import type { Evidence } from '../../core/evidence.ts';
import { type Cause, confirmed, type Judgement, ruledOut } from '../cause.ts';
import type { Findings } from '../evidence/findings.ts';
import { busiestPeer } from '../evidence/ports.ts';
import { seen, within } from '../evidence/samples.ts';
import { counterGrowth } from '../evidence/trend.ts';
import { passedUpstreams } from '../evidence/upstream-keepalive.ts';
import { fix, item, number, percent, plural, where } from '../words.ts';

/** TIME_WAIT lasts 60 s on Linux: at one connection a request it settles at 60 × requests per second. */
const TIME_WAIT_SECONDS = 60;

/** TIME_WAIT towards upstreams as a share of what one connection a request would leave behind. */
function churn(evidence: Evidence, findings: Findings): number | null {
  const rate = findings.page.requestsPerSecond ?? findings.access.requestsPerSecond;
  const peer = busiestPeer(evidence, findings.activeMs);
  if (rate === null || rate < 1 || peer === null) return null;
  const growing = counterGrowth(
    within(seen(evidence, 'sockets'), evidence.asOf, TIME_WAIT_SECONDS * 1000).flatMap(({ at, data }) => {
      const same = data.timeWaitByPeer.find((entry) => entry.peer === peer.peer);
      return same === undefined ? [] : [{ at, value: same.timeWait }];
    }),
  );
  return Math.max(peer.timeWait / (rate * TIME_WAIT_SECONDS), (growing?.perSecond ?? 0) / rate);
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  const broken = passedUpstreams(evidence).find(({ state, pass }) => state === 'ineffective' && pass.kind === 'proxy');
  if (broken === undefined) return null;
  const share = churn(evidence, findings);
  if (share === null) return null;
  const { upstream, pass } = broken;
  const keepalive = upstream.keepalive;
  if (share < 0.5)
    return ruledOut(
      `keepalive of ${upstream.name} is not in effect, but only ${percent(share)} of the requests leave a TIME_WAIT behind`,
    );
  const old = pass.httpVersion.value === '1.0' ? 'requests go out as HTTP/1.0' : 'the Connection header says close';
  const peer = busiestPeer(evidence, findings.activeMs);
  return confirmed({
    confidence: 'certain',
    severity: 'warning',
    summary: `keepalive ${keepalive?.value ?? ''} of upstream ${upstream.name}${where(keepalive?.place)} is not in effect: ${old}, and about ${percent(Math.min(1, share))} of the requests open a new connection (${plural(peer?.timeWait ?? 0, 'TIME_WAIT socket')} to ${peer?.peer ?? upstream.name}).`,
    evidenceFor: [
      item('sockets.time_wait', {
        value: peer?.timeWait ?? 0,
        unit: 'sockets',
        text: `${number(peer?.timeWait ?? 0)} sockets in TIME_WAIT towards ${peer?.peer ?? upstream.name}`,
        at: evidence.asOf,
      }),
      item('settings.proxy_http_version', {
        value: pass.httpVersion.value,
        text: `${old}${where(pass.httpVersion.place ?? pass.place)}`,
        at: evidence.asOf,
      }),
    ],
    fixes: [
      fix({
        title: 'Speak HTTP/1.1 and do not send Connection: close',
        directive: 'proxy_http_version',
        from: pass.httpVersion.value,
        to: '1.1',
        place: pass.httpVersion.place ?? pass.place,
        snippet: 'proxy_http_version 1.1;\nproxy_set_header Connection "";',
        effect: 'connections to the upstream are reused; TIME_WAIT and connects nearly vanish',
        risk: 'idle upstream connections hold slots: keepalive N counts per worker',
      }),
    ],
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
  differsFrom: [{ cause: 'port-exhaustion', how: 'that is where it ends: errno 99' }],
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
