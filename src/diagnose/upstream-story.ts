/** What all upstream causes report: which server fails, how often, and what clients get. */
import { type EvidenceItem, type Losing, NOT_LOSING, type Severity } from '../core/diagnosis.ts';
import type { Evidence } from '../core/evidence.ts';
import { percent, plural } from '../core/format.ts';
import type { Signal } from '../core/signal.ts';
import type { Findings } from '../findings/findings.ts';
import { commonest, type Groups, isActive, type Lines, peerOf } from '../findings/log.ts';
import { linesLost } from '../findings/loss.ts';
import { groupOf, liveServers } from '../findings/peers.ts';
import { item } from './words.ts';

export interface UpstreamStory {
  readonly lines: Lines;
  /** The address that fails most, `host:port` or `unix:path`; null when no line names one. */
  readonly peer: string | null;
  /** `peer`, or `the upstream`. */
  readonly name: string;
  readonly severity: Severity;
  readonly losing: Losing;
  /** The next server took over, and clients got no error. */
  readonly retried: boolean;
  /** `12 clients of 40 got a 502 or 504`. */
  readonly cost: string;
  readonly evidence: readonly EvidenceItem[];
  /** Recent lines by server, or by the looked-up name where the server is unknown. */
  readonly failed: ReadonlyMap<string, number>;
}

/** Whether the group of `peer` has another server. */
export function hasSpares(evidence: Evidence, peer: string | null): boolean {
  const group = groupOf(evidence, peer);
  return group !== null && liveServers(group).length > 1;
}

/** The status that an HTTP client gets. Stream and mail proxies only close the connection. */
function answerFor({ meaning, captures }: Signal): '502' | '504' | null {
  if (captures.login !== undefined || captures.bytesClient !== undefined) return null;
  return meaning?.groups.includes('answered-504') === true ? '504' : '502';
}

/** Without an access log each failed attempt counts as one 502, unless another server of the group could take over. */
function costOf(
  evidence: Evidence,
  findings: Findings,
  lines: Lines,
  peer: string | null,
): Pick<UpstreamStory, 'losing' | 'retried' | 'cost'> {
  const { access } = findings;
  const spares = hasSpares(evidence, peer);
  if (access.known) {
    const losing = findings.loss.on('bad-gateway');
    const bad = access.status(502) + access.status(504);
    if (losing.now)
      return { losing, retried: false, cost: `${bad} of ${plural(access.requests, 'request')} got a 502 or 504` };
    const cost = spares ? 'clients saw no error, other servers took over' : 'no client got a 502 or 504 so far';
    return { losing: NOT_LOSING, retried: spares, cost };
  }
  if (spares && findings.lines('no-live-upstreams') === null) {
    return { losing: NOT_LOSING, retried: true, cost: 'other servers of the group take over' };
  }
  const answer = answerFor(lines.newest);
  return answer === null
    ? {
        losing: linesLost(lines, 'connections that reached no upstream'),
        retried: false,
        cost: 'its clients are turned away',
      }
    : { losing: linesLost(lines, `${answer} answers`), retried: false, cost: `its clients get ${answer}` };
}

export function failedByServer({ signals, recentFrom }: Lines): ReadonlyMap<string, number> {
  const failed = new Map<string, number>();
  for (const { at, captures, count } of signals) {
    if (at < recentFrom) continue;
    const about = peerOf(captures.upstream ?? captures.peer ?? captures.name ?? '');
    failed.set(about, (failed.get(about) ?? 0) + count);
  }
  return failed;
}

/** null when no such line is recent enough to describe the present. */
export function upstreamStory(
  evidence: Evidence,
  findings: Findings,
  groups: Groups,
  where?: (signal: Signal) => boolean,
): UpstreamStory | null {
  const lines = findings.lines(groups, where);
  if (!isActive(lines)) return null;
  const named = commonest(lines, 'upstream') ?? commonest(lines, 'peer');
  const peer = named === null ? null : peerOf(named.value);
  const cost = costOf(evidence, findings, lines, peer);
  const phase = lines.newest.captures.phase;
  const errno = lines.newest.captures.errno;
  const detail = `${errno === undefined ? '' : ` (errno ${errno})`}${phase === undefined ? '' : ` while ${phase}`}`;
  const share = named !== null && named.share < 0.95 ? `, ${percent(named.share)} of them for ${peer}` : '';
  const text = `${plural(lines.count, 'line')} of ${lines.newest.pattern}${detail}${share}`;
  return {
    ...cost,
    lines,
    peer,
    name: peer ?? 'the upstream',
    // One failed request in ten minutes is a warning. A second one is an outage.
    severity: cost.losing.now && lines.count > 1 ? 'critical' : 'warning',
    failed: failedByServer(lines),
    evidence: [item(lines.newest.pattern, { value: lines.count, unit: 'lines', text, at: lines.lastAt })],
  };
}
