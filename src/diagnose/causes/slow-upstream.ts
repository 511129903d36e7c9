/** Requests wait for a backend that does not answer. Each holds two slots while it waits. */

import type { EvidenceItem, Fix } from '../../core/diagnosis.ts';
import type { Evidence } from '../../core/evidence.ts';
import { number, percent, plural, seconds } from '../../core/format.ts';
import { isSlow, isSlower } from '../../findings/access.ts';
import type { Findings } from '../../findings/findings.ts';
import { commonest, isActive, type Lines, peerOf, waitsForAnswer } from '../../findings/log.ts';
import { addLosses, linesLost } from '../../findings/loss.ts';
import { passTo } from '../../findings/peers.ts';
import { configWord } from '../../nginx/config-word.ts';
import { type Cause, type Confirmed, confirmed, type Judgement, ruledOut } from '../cause.ts';
import { fromStory, heldByOthers, occupancyItem, type SlotStory, slotStory } from '../slot-story.ts';
import { failedByServer } from '../upstream-story.ts';
import { fix, item } from '../words.ts';

const DO_NOT = [
  'Do not raise worker_connections as the cure: more requests would wait for the same backend, and the pool would fill again.',
  'Do not judge by $upstream_response_time alone: the access log is written when a request ends, so it is late by that delay.',
];

function slowPeer(findings: Findings, timeouts: Lines | null): string | null {
  const named = timeouts === null ? null : commonest(timeouts, 'upstream');
  return named !== null ? peerOf(named.value) : (findings.occupancy.sockets?.topUpstreams[0]?.address ?? null);
}

function timeoutItems(timeouts: Lines | null): EvidenceItem[] {
  if (timeouts === null) return [];
  const text = `${plural(timeouts.count, 'request')} timed out while reading the response header from upstream`;
  return [item('upstream-read-timeout', { value: timeouts.count, unit: 'lines', text, at: timeouts.lastAt })];
}

/** The most slow servers to name, slowest first. There may be thousands. */
const SLOW_NAMED = 5;

/** The access log holds finished requests. Fast answers there prove nothing about the requests that still wait. */
function accessItems({ access, thresholds }: Findings, at: number): EvidenceItem[] {
  const slow = access.upstreams
    .filter((times) => isSlower(times) || isSlow(times, thresholds.slowHeaderMs))
    .toSorted((a, b) => (b.headerP95Ms ?? 0) - (a.headerP95Ms ?? 0));
  return slow.slice(0, SLOW_NAMED).flatMap(({ peer, headerP95Ms, baselineP95Ms }) => {
    if (headerP95Ms === null) return [];
    const before = baselineP95Ms === null ? '' : `, ${seconds(baselineP95Ms)} before`;
    const text = `${peer} takes ${seconds(headerP95Ms)} (p95) to its response header${before}`;
    return [item('access.header_p95', { value: headerP95Ms, unit: 'ms', text, at })];
  });
}

function fixes(evidence: Evidence, findings: Findings, peer: string | null): Fix[] {
  const pass = passTo(evidence, peer);
  const upstream = evidence.settings?.upstreams.find(({ name }) => name === pass?.upstream) ?? null;
  const server = upstream?.servers.find(({ address }) => address === peer) ?? upstream?.servers[0] ?? null;
  const found: Fix[] = [];
  if (pass !== null && pass.readTimeoutMs.value > 10_000) {
    const to = 10;
    const rate = findings.page.requestsPerSecond ?? findings.access.requestsPerSecond;
    const held = rate === null ? '' : `: at ${number(rate)} requests/s at most ${Math.ceil(rate * to * 2)} slots wait`;
    found.push(
      fix({
        title: 'Limit how long a request may wait for this backend',
        directive: `${pass.kind}_read_timeout`,
        from: seconds(pass.readTimeoutMs.value),
        to: `${to}s`,
        place: pass.readTimeoutMs.place ?? pass.place,
        snippet: `${pass.kind}_read_timeout ${to}s;`,
        effect: `a stuck request frees its two slots after ${to} s${held}`,
        risk: `legitimate requests longer than ${to} s end in a 504`,
      }),
    );
  }
  if (upstream?.explicit === true && server !== null && server.maxConns === 0) {
    const limit = Math.max(1, Math.floor((findings.slots.hottest?.limit ?? 1024) / 4));
    found.push(
      fix({
        title: 'Cap the connections to the slow server',
        directive: 'max_conns',
        from: 'unlimited',
        to: limit,
        place: server.place,
        snippet: `zone ${configWord(upstream.name)} 64k;\nserver ${configWord(server.address)} max_conns=${limit};`,
        effect: `at most ${limit} requests wait for it (across all workers with the zone); others get a quick 502`,
        risk: 'requests above the cap fail at once instead of waiting',
      }),
    );
  }
  return found;
}

type Shared = Pick<Confirmed, 'fixes' | 'doNot' | 'nextChecks'>;

/** Judges a pool that waiting requests fill. */
function pile(findings: Findings, story: SlotStory, timeouts: Lines | null, name: string, shared: Shared): Confirmed {
  const { occupancy } = findings;
  return confirmed({
    ...shared,
    ...fromStory(story),
    confidence: occupancy.source === 'sockets' ? 'certain' : 'likely',
    losing: addLosses([story.losing, linesLost(timeouts, '504 answers')]),
    summary: `${name} answers too slowly: ${occupancy.text}, and ${story.state}.`,
    evidenceFor: [
      occupancyItem(findings),
      ...story.evidence,
      ...timeoutItems(timeouts),
      ...accessItems(findings, occupancy.at),
    ],
  });
}

const MANY_TIMEOUTS = 3;
const HEAVY_SHARE = 0.05;

/** Judges requests that end in 504 while slots are free. */
function timingOut(evidence: Evidence, findings: Findings, timeouts: Lines, name: string, shared: Shared): Confirmed {
  const { access } = findings;
  const share = access.requests === 0 ? null : access.status(504) / access.requests;
  const many = timeouts.recent >= MANY_TIMEOUTS;
  const of = share === null ? '' : ` (${percent(share)} of all requests)`;
  return confirmed({
    ...shared,
    confidence: many ? 'certain' : 'likely',
    severity: (share === null ? many : share >= HEAVY_SHARE) ? 'critical' : 'warning',
    losing: linesLost(timeouts, '504 answers'),
    since: timeouts.firstAt,
    failed: failedByServer(timeouts),
    summary: `${name} does not answer in time: ${plural(timeouts.recent, 'request')} ended in a 504 lately${of}.`,
    evidenceFor: [...timeoutItems(timeouts), ...accessItems(findings, evidence.asOf)],
  });
}

/**
 * Judges by the access log alone, which is late: 504s of a server that connects at once and answers slowly. Without
 * $upstream_connect_time such a 504 may be a failed connect.
 */
function loggedLate(evidence: Evidence, findings: Findings, shared: Shared): Confirmed | null {
  const { access, thresholds } = findings;
  const count = access.status(504);
  if (count < MANY_TIMEOUTS || count < HEAVY_SHARE * access.requests) return null;
  const { slowHeaderMs } = thresholds;
  const slow = access.upstreams.find(
    (times) => times.connectP95Ms !== null && times.connectP95Ms < slowHeaderMs && isSlow(times, slowHeaderMs),
  );
  if (slow === undefined) return null;
  return confirmed({
    ...shared,
    confidence: 'likely',
    severity: 'critical',
    losing: findings.loss.on('bad-gateway'),
    summary: `${slow.peer} does not answer in time: ${count} of ${plural(access.requests, 'request')} ended in a 504 lately.`,
    evidenceFor: accessItems(findings, evidence.asOf),
  });
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  const timeouts = findings.lines('upstream-read-timeout', waitsForAnswer);
  const story = slotStory(evidence, findings);
  const { kind } = findings.occupancy;
  const peer = slowPeer(findings, timeouts);
  const name = peer ?? 'the upstream';
  const shared: Shared = {
    fixes: fixes(evidence, findings, peer),
    doNot: DO_NOT,
    nextChecks: ['upstreams', 'sockets', 'slots'],
  };
  if (story !== null && kind === 'silent-upstream') return pile(findings, story, timeouts, name, shared);
  if (isActive(timeouts) && (story === null || kind === 'unknown')) {
    return timingOut(evidence, findings, timeouts, name, shared);
  }
  if (story === null) return timeouts === null ? loggedLate(evidence, findings, shared) : null;
  const passes = evidence.settings?.passes.length ?? null;
  return (
    heldByOthers(findings) ??
    (passes === 0 && evidence.settings?.origin !== 'fragment' ? ruledOut('nothing is passed to an upstream') : null)
  );
}

export const cause: Cause = {
  id: 'slow-upstream',
  kind: 'cause',
  title: 'Slow upstream',
  means:
    'Requests wait for a backend that does not answer. Each waiting request holds two connection slots, its client and its upstream leg, until the pool is empty.',
  looksLike:
    'Upstream sockets without a received byte pile up as fast as Writing does; then "worker_connections are not enough while connecting to upstream" and 500s (the gap stays 0) or resets, later 504s. With free slots: only 504s.',
  fix: 'Fix the backend. Until then limit the damage: a shorter proxy_read_timeout, max_conns per server, or shed requests to it. More slots only let more requests wait.',
  differsFrom: [
    { cause: 'slow-uploads', how: 'there the clients are still sending; here they have sent everything' },
    { cause: 'long-lived-connections', how: 'there the upstream has answered and the connection stays open' },
    { cause: 'upstream-unreachable', how: 'there the connection to the upstream itself is not established' },
  ],
  references: [
    'nginx src/http/ngx_http_upstream.c ngx_http_upstream_process_header()',
    'nginx docs: ngx_http_upstream_module, max_conns',
  ],
  reads: ['upstream-read-timeout', 'slots', 'sockets', 'stub-status', 'access', 'settings'],
  consequences: ['slot-capacity', 'upstream-ejected', 'reuse-drops'],
  precedence: 60,
  judge,
};
