/** Checks how upstream servers answer, from times in the access log and errors in the error log. */

import type { Evidence } from '../../core/evidence.ts';
import { percent, plural } from '../../core/format.ts';
import type { CheckResult } from '../../core/report.ts';
import type { AccessUpstream } from '../../core/samples/access.ts';
import { comment, quoted } from '../../core/shell.ts';
import { isSlow } from '../../findings/access.ts';
import type { Findings } from '../../findings/findings.ts';
import { isActive, type Lines } from '../../findings/log.ts';
import { answer, type Check, couldNotLook, worst } from '../answer.ts';
import { newest } from '../look.ts';
import { rounded } from '../words.ts';

const REMEDY =
  'Log $upstream_addr, $upstream_connect_time, $upstream_header_time and $upstream_response_time in the access log';
/** Below this number of requests a share is chance. */
const MIN_REQUESTS = 10;
const FAILED_RATIO = 0.05;

/** nginx logs each attempt, and asks the next server after it. */
const RETRIED = 'Such a line is one attempt: whether another server answered the client, it does not say.';

export const check: Check = {
  id: 'upstreams',
  place: 110,
  does: 'latency and errors per upstream peer',
  judge: checkUpstreams,
};

function checkUpstreams(evidence: Evidence, findings: Findings): CheckResult {
  const equivalent = equivalentOf(evidence);
  const down = activeByPattern(findings, 'no-live-upstreams');
  const failing = activeByPattern(findings, 'upstream-failing');
  const lines = [...down, ...failing];
  const { badGateways, requests } = findings.access;
  const seen = newest(evidence, 'access');
  const proxies = evidence.settings === null || evidence.settings.passes.length > 0;
  const peers = seen.ok ? seen.data.upstreams : [];
  if (!proxies) {
    const text = ['Nothing is proxied: the configuration has no upstream.'];
    return answer('upstreams', evidence, { status: 'ok', text, values: { upstreams: [] }, equivalent, basis: [] });
  }
  if (lines.length === 0 && !seen.ok) {
    return couldNotLook('upstreams', evidence, seen, { what: 'Upstream response times', remedy: REMEDY, equivalent });
  }
  const bad = peers.filter((peer) => peer.requests >= MIN_REQUESTS && peer.errors5xx / peer.requests >= FAILED_RATIO);
  const slow = findings.access.upstreams.filter(
    (peer) => peer.requests >= MIN_REQUESTS && isSlow(peer, findings.thresholds.slowHeaderMs),
  );
  return answer('upstreams', evidence, {
    status: worst(
      down.length > 0 || badGateways.areMany ? 'critical' : 'ok',
      failing.length + bad.length + slow.length > 0 ? 'warning' : 'ok',
    ),
    text: [
      ...lines.slice(0, 3).map(lineText),
      failing.length > 0 && !badGateways.areMany ? RETRIED : null,
      badGateways.areMany
        ? `${badGateways.count} of ${plural(requests, 'request')} were answered with 502 or 504.`
        : null,
      ...bad.map(
        (peer) =>
          `${peer.peer} answered ${percent(peer.errors5xx / peer.requests)} of ${plural(peer.requests, 'request')} with 5xx.`,
      ),
      ...slow.map((peer) => `${peer.peer} takes ${peer.headerP95Ms} ms at p95 to begin its answer.`),
      lines.length + bad.length + slow.length === 0 && !badGateways.areMany ? healthyText(peers) : null,
    ],
    values: valuesOf(peers, lines),
    equivalent,
    basis: seen.ok ? [seen] : [],
  });
}

/** Current patterns of the group, most lines first. */
function activeByPattern(findings: Findings, group: string): readonly Lines[] {
  const patterns = new Set(findings.lines(group)?.signals.map(({ pattern }) => pattern));
  return [...patterns]
    .map((pattern) => findings.lines(pattern))
    .filter(isActive)
    .sort((a, b) => b.count - a.count);
}

function valuesOf(peers: readonly AccessUpstream[], lines: readonly Lines[]): CheckResult['values'] {
  return {
    failureLines: lines.reduce((sum, { count }) => sum + count, 0),
    failuresByPattern: lines.map(({ newest: { pattern }, count }) => [pattern, count]),
    requests: peers.reduce((sum, peer) => sum + peer.requests, 0),
    errors5xx: peers.reduce((sum, peer) => sum + peer.errors5xx, 0),
    slowestHeaderP95Ms: peers.length === 0 ? null : rounded(Math.max(...peers.map((peer) => headerTimeOf(peer) ?? 0))),
    upstreams: peers,
  };
}

function headerTimeOf(peer: AccessUpstream): number | null {
  return peer.headerMs?.p95 ?? peer.responseMs?.p95 ?? null;
}

function lineText({ newest: last, count }: Lines): string {
  const peer = last.captures.upstream ?? last.captures.peer;
  return `${plural(count, 'error-log line')} of ${last.pattern}${peer === undefined ? '' : ` (last: ${peer})`}.`;
}

function healthyText(peers: readonly AccessUpstream[]): string {
  if (peers.length === 0) return 'No request went to an upstream in the last interval.';
  const requests = peers.reduce((sum, peer) => sum + peer.requests, 0);
  return `${plural(peers.length, 'upstream server')} answered ${plural(requests, 'request')} in the last interval.`;
}

function equivalentOf(evidence: Evidence): string {
  const log = evidence.settings?.errorLogs.find(({ target }) => target.startsWith('/'));
  const path = log?.target ?? '/var/log/nginx/error.log';
  const place = log?.place ?? null;
  return `grep -c upstream ${quoted(path)}${place === null ? '' : `  ${comment(`error_log of ${place.file}:${place.line}`)}`}`;
}
